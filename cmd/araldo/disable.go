package main

import "github.com/spf13/cobra"

func newDisable() *cobra.Command {
	return newSwitch("disable NAME", "Switch an endpoint of a running hub off", false)
}
