package host

import (
	"bytes"
	"os"
	"strings"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// Marshal is the test plugin's own format: a value "v:x" is written "x".
func (p *testPlugin) Marshal(w pluginv1.PluginService_MarshalServer) error {
	for {
		r, err := w.Recv()
		if err != nil {
			return nil
		}
		answer := &pluginv1.MarshalResponse{Sequence: r.Sequence, ContentType: "text/test"}
		for i, payload := range r.Batch.Payloads {
			result, failed := p.convert(i, strings.TrimPrefix(string(payload), "v:"), &answer.Sequence)
			if string(payload) == "v:source" {
				result[0] = []byte(r.Source)
			}
			answer.Payloads = append(answer.Payloads, result...)
			answer.Errors = append(answer.Errors, failed...)
		}
		if err := w.Send(answer); err != nil {
			return err
		}
	}
}

// Unmarshal reads what Marshal wrote. Each attribute of the batch's first header comes back as one of the envelope.
func (p *testPlugin) Unmarshal(w pluginv1.PluginService_UnmarshalServer) error {
	for {
		r, err := w.Recv()
		if err != nil {
			return nil
		}
		answer := &pluginv1.UnmarshalResponse{Sequence: r.Sequence, Batch: &pluginv1.Batch{}}
		for i, payload := range r.Batch.Payloads {
			result, failed := p.convert(i, string(payload), &answer.Sequence)
			for j := range result {
				result[j] = append([]byte("v:"), result[j]...)
			}
			if attributes, found := strings.CutPrefix(string(payload), "attributes "); found {
				answer.Batch.Headers = []*pluginv1.Header{testHeader(attributes)}
			}
			answer.Batch.Payloads = append(answer.Batch.Payloads, result...)
			answer.Errors = append(answer.Errors, failed...)
		}
		if err := w.Send(answer); err != nil {
			return err
		}
	}
}

func testHeader(attributes string) *pluginv1.Header {
	h := &pluginv1.Header{ContentType: "ignored/type"}
	for _, pair := range strings.Fields(attributes) {
		name, value, _ := strings.Cut(pair, "=")
		h.Attributes = append(h.Attributes, &pluginv1.Attribute{Name: name, Value: value})
	}
	return h
}

// convert gives each text back, or does what it says.
func (p *testPlugin) convert(i int, text string, sequence *uint64) (results [][]byte, errors []*pluginv1.MarshalError) {
	command, file, _ := strings.Cut(text, " once ")
	if _, err := os.Stat(file); file != "" && err == nil {
		command = ""
	} else if file != "" {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			panic(err)
		}
	}
	switch command {
	case "die":
		os.Exit(7)
	case "hang":
		select {}
	case "bad":
		return [][]byte{nil}, []*pluginv1.MarshalError{{Index: uint32(i), Path: "/a/0", Detail: "no such\nthing"}}
	case "stray error":
		return [][]byte{nil}, []*pluginv1.MarshalError{{Index: 1000}}
	case "two results":
		return [][]byte{nil, nil}, nil
	case "other answer":
		*sequence++
	case "grow":
		return [][]byte{bytes.Repeat([]byte("x"), 2<<20)}, nil
	}
	return [][]byte{[]byte(text)}, nil
}
