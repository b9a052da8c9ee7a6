package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/document"
)

// benchPayload is --payload, or a JSON document of --size.
func benchPayload(command *cobra.Command, cfg *config.Config, inbound string) ([]byte, error) {
	if path, _ := command.Flags().GetString("payload"); path != "" {
		return readPayload(path, cfg.Global.MaxMessage)
	}
	text, _ := command.Flags().GetString("size")
	size, ok := document.ParseBytes(text)
	if !ok || size < len(emptyDocument) || size > cfg.Global.MaxMessage {
		return nil, &usageError{"--size " + quoted(text) + " is not allowed",
			fmt.Sprintf("it may be %d bytes to max-message, %s", len(emptyDocument), document.FormatBytes(cfg.Global.MaxMessage))}
	}
	if id := marshallingID(cfg, inbound); id != "" && id != "marshal-json" && id != "marshal-text" {
		return nil, &usageError{"messages of " + quoted(inbound) + " are not JSON but of " + id, "give one of them with --payload FILE"}
	}
	return jsonOf(size), nil
}

func readPayload(path string, limit int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	payload, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if len(payload) == 0 || len(payload) > limit {
		return nil, &usageError{"the payload of " + quoted(path) + " is empty or larger than max-message",
			"max-message is " + document.FormatBytes(limit)}
	}
	return payload, nil
}

func marshallingID(cfg *config.Config, endpoint string) string {
	for _, in := range cfg.Endpoints {
		for _, m := range cfg.Marshallings {
			if in.Name == endpoint && in.Marshalling == m.Name {
				return m.ID
			}
		}
	}
	return ""
}

// emptyDocument is a message of the smallest size.
const emptyDocument = `{"n":1,"text":""}`

// jsonOf is a JSON document of size bytes.
func jsonOf(size int) []byte {
	text := []byte(emptyDocument)
	for len(text) < size {
		text = append(text[:len(text)-2], "a\"}"...)
	}
	return text
}
