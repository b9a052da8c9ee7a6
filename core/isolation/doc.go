// Package isolation keeps the process of an external plugin to what it needs: limits of the operating system, and on
// Linux a Landlock sandbox. Both can only be put on oneself, so the hub starts its own program again, which confines
// itself and then becomes the plugin (execve): process id, process group and standard input stay what they were.
package isolation
