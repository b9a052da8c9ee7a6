// Command release builds what a release consists of, from the commit that the work tree stands at: for each platform an
// archive with the static program, its licence and those of all that it contains, and SHA256SUMS over the archives. It runs
// in the project's folder. Changes that are not committed are left out. The same commit, built with the same Go, gives the
// same sums everywhere.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// platforms are those that a release has. The tests run on Linux alone, so there is no other system here.
var platforms = []platform{{"linux", "amd64"}, {"linux", "arm64"}}

func main() {
	out := flag.String("out", "dist", "`FOLDER` for the archives; those of an earlier release are removed")
	flag.Parse()
	names, err := run(".", *out, platforms)
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
	for _, name := range names {
		fmt.Println(filepath.Join(*out, name))
	}
}

// run writes the archives and their sums into the folder out and returns their names.
func run(root, out string, platforms []platform) ([]string, error) {
	tree, err := clone(root)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tree.dir)
	if err := empty(out); err != nil {
		return nil, err
	}
	var names []string
	for _, p := range platforms {
		name, err := tree.release(p, out)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		names = append(names, name)
	}
	if err := writeSums(out, names); err != nil {
		return nil, err
	}
	return append(names, sumsName), nil
}

// empty makes the folder, or removes an earlier release from it and nothing else.
func empty(out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(out, "araldo-*.tar.gz"))
	if err != nil {
		return err
	}
	for _, path := range append(old, filepath.Join(out, sumsName)) {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}
