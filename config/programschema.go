package config

// programsSchema is that of `plugins: programs`.
func programsSchema() map[string]any {
	texts := func(description string) map[string]any {
		return map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "description": description}
	}
	ports := func(description string) map[string]any {
		return map[string]any{"type": "array", "items": map[string]any{"type": "integer", "minimum": 1, "maximum": 65535}, "description": description}
	}
	properties := map[string]any{
		"env": map[string]any{"type": "object", "additionalProperties": map[string]any{"type": []string{"string", "number", "boolean"}},
			"description": "variables of its environment; the values are never printed"},
		"pass-env": texts("names of variables that it takes over from the hub's environment"),
		"limits": closed(map[string]any{
			"memory": map[string]any{"type": []string{"string", "integer"}, "pattern": bytesPattern,
				"description": "of all that it could write to; 64MiB to 1TiB. Default: as the hub"},
			"open-files": map[string]any{"type": "integer", "minimum": leastOpenFiles, "maximum": mostOpenFiles,
				"description": "files and sockets at a time. Default: as the hub"},
		}, "what the operating system keeps each of its processes to"),
		"sandbox": map[string]any{"enum": sandboxWords, "default": SandboxBestEffort,
			"description": "enforce: no start where the kernel can't restrict it; best-effort: as far as the kernel goes; off. What is built in has none"},
		"reattach": map[string]any{"type": "string", "pattern": "^/",
			"description": "for authors: the Unix socket at which the plugin runs already, such as in a debugger (`--listen`). It is not started, verified or kept to anything; the socket must be the hub's own user's"},
		"verify": map[string]any{"enum": verifyWords, "description": "as `global: verify`, for it alone"},
		"touches": closed(map[string]any{
			"listen":  ports("TCP ports that it may listen at"),
			"connect": ports("TCP ports that it may connect to"),
			"read":    texts("absolute paths that it may read, with all that is in them"),
			"write":   texts("absolute paths that it may read and write, with all that is in them"),
		}, "what the sandbox lets through beside what its manifest and the keys of its instances name"),
	}
	for _, schema := range properties {
		schema.(map[string]any)[classWord] = ClassEndpointRestart.String()
	}
	return map[string]any{
		"type": []string{"object", "null"}, "description": "what plugins get and are kept to, by their names",
		"propertyNames":        map[string]any{"pattern": "^[A-Za-z0-9._-]{1,64}$"},
		"additionalProperties": closed(properties, "of one plugin, kafka for araldo-plugin-kafka"),
	}
}
