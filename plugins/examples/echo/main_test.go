package main

import (
	"os"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, plugin) }

func TestConformance(t *testing.T) {
	sdktest.Run(t, plugin, sdktest.Promises{
		ID:         "endpoint-echo",
		New:        func(testing.TB) sdktest.Outside { return sdktest.Outside{Config: `{"prefix": "re: "}`} },
		Answers:    true,
		BadConfigs: map[string]string{`{"prefix": 5}`: "/prefix"},
	})
}

func TestEchoes(t *testing.T) {
	h := sdktest.InMemory(t, plugin)
	if err := h.Open(t, sdktest.Instance{Name: "e", ID: "endpoint-echo", Config: `{"prefix": "re: "}`}); err != nil {
		t.Fatal(err)
	}
	session := h.Attach(t, "e")
	session.OpenInbound(t, 1, 10, 1000)
	session.OpenLane(t, 1, 1, core.LaneOptions{})
	session.Deliver(t, 1, 1, 1, []byte("hello"))
	seen := session.Wait(t, "the echo", func(seen *sdktest.Seen) bool { return len(seen.Messages) == 1 })
	if text := string(seen.Messages[0].Payload); text != "re: hello" {
		t.Errorf("got %q", text)
	}
}

// The authors' guide shows this program, word for word, and it is as short as it says.
func TestGuideShowsThisProgram(t *testing.T) {
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(guide), "```go\n"+string(program)+"```\n") {
		t.Error("plugins/README.md does not show main.go as it is")
	}
	if lines := strings.Count(string(program), "\n"); lines > 40 {
		t.Errorf("%d lines, must be at most 40", lines)
	}
}
