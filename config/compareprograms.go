package config

import (
	"maps"
	"strings"
)

// programs compares what plugins get. Where one file says nothing of a plugin, the defaults hold.
func (c *comparison) programs(old, new *Config) {
	match(old.Programs, new.Programs, func(p *Program) string { return p.Name }, func(was, is *Program) {
		at := is
		if was == nil {
			absent := old.Program(is.Name)
			was = &absent
		}
		if is == nil {
			absent := new.Program(was.Name)
			is, at = &absent, was
		}
		keys := c.fields(was.texts(), is.texts(), func(string) Class { return ClassEndpointRestart })
		for i := range keys {
			if strings.HasPrefix(keys[i].Key, "env.") {
				keys[i].Old, keys[i].New = "", ""
			}
		}
		c.changed(Change{Kind: ChangeProgram, Name: is.Name, Position: at.Position}, keys)
	})
}

// texts are the values by key; those of variables are compared and not shown.
func (p *Program) texts() map[string]string {
	shown := *p
	shown.Env = nil
	texts := fieldsOf(shown)
	maps.DeleteFunc(texts, func(key, _ string) bool { return key == "name" || key == "env" || key == "sandbox-given" })
	for name, value := range p.Env {
		texts["env."+name] = value
	}
	return texts
}
