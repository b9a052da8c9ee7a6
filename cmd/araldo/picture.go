package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/routes"
)

// writeMermaid draws the routes in the language of mermaid.js.org: a flowchart.
func writeMermaid(w io.Writer, cfg *config.Config, promises []routes.Served) error {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, in := range cfg.Endpoints {
		fmt.Fprintf(&b, "    e%d[\"%s<br/>%s\"]\n", i, mermaidText(in.Name), mermaidText(in.ID))
	}
	numbers := numbersOf(cfg)
	for _, o := range promises {
		fmt.Fprintf(&b, "    e%d -->|%s| e%d\n", numbers[o.Inbound], mermaidText(edgeLabel(o)), numbers[o.To])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeDot draws the routes in the language of graphviz.org.
func writeDot(w io.Writer, cfg *config.Config, promises []routes.Served) error {
	var b strings.Builder
	b.WriteString("digraph araldo {\n    rankdir=LR;\n    node [shape=box, style=rounded, fontname=\"sans-serif\"];\n    edge [fontname=\"sans-serif\", fontsize=10];\n")
	for _, in := range cfg.Endpoints {
		fmt.Fprintf(&b, "    %s [label=%s];\n", dotText(in.Name), dotText(in.Name+"\n"+in.ID))
	}
	for _, o := range promises {
		fmt.Fprintf(&b, "    %s -> %s [label=%s];\n", dotText(o.Inbound), dotText(o.To), dotText(edgeLabel(o)))
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func numbersOf(cfg *config.Config) map[string]int {
	numbers := map[string]int{}
	for i, in := range cfg.Endpoints {
		numbers[in.Name] = i
	}
	return numbers
}

func edgeLabel(o routes.Served) string {
	label := o.Mode.String()
	if o.Name != o.To {
		label = o.Name + ": " + label
	}
	return strings.Join(append([]string{label}, notesOf(o.Outlet)...), ", ")
}

// mermaidText keeps a label from ending itself.
func mermaidText(text string) string {
	return strings.NewReplacer(`"`, "#quot;", "|", "#124;", "<", "#lt;", ">", "#gt;").Replace(text)
}

func dotText(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}
