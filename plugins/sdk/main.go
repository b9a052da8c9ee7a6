package sdk

// Main serves the plugin and does not return. It is the whole main function of a plugin.
func Main(p Plugin) { panic("sdk: runtime missing") }
