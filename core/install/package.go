package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/programs"
)

// unpacked is a package in the stage, and what the lock is to say of it.
type unpacked struct {
	*programs.Manifest
	dir    string
	locked programs.Locked
}

// stagePackage brings a package into the stage and finds out what it is.
func (i *Installer) stagePackage(ctx context.Context, s Source, stage string) (p unpacked, err error) {
	root, err := os.OpenRoot(stage)
	if err != nil {
		return p, err
	}
	defer root.Close()
	if err := root.Mkdir("package", 0o755); err != nil {
		return p, err
	}
	inside, err := root.OpenRoot("package")
	if err != nil {
		return p, err
	}
	defer inside.Close()
	p = unpacked{dir: filepath.Join(stage, "package"), locked: programs.Locked{Source: s.shown()}}
	if err := i.fill(ctx, s, root, inside, &p); err != nil {
		return p, refused(s, err)
	}
	return p, refused(s, p.examine(ctx, s, inside))
}

// refused tells of which package it is that an entry or a manifest is wrong.
func refused(s Source, err error) error {
	if entry, is := errors.AsType[*entryError](err); is {
		return &RefusedError{Package: s.name(), Entry: entry.name, Why: entry.err.Error(), err: entry.err}
	}
	return err
}

// fill unpacks or copies the package.
func (i *Installer) fill(ctx context.Context, s Source, stage, inside *os.Root, p *unpacked) error {
	u := &unpacker{ctx: ctx, root: inside, left: programs.MaxBytes, moved: func(int) {}}
	if info, err := os.Stat(s.Place); !s.remote() && err == nil && info.IsDir() {
		return copyFolder(s, u)
	}
	file, err := i.fetch(ctx, s, stage)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	p.locked.Archive = file.sum
	start := make([]byte, 4)
	if _, err := file.ReadAt(start, 0); err != nil {
		return &RefusedError{Package: s.name(), Why: "it is neither an archive nor a program"}
	}
	switch kind := string(start); {
	case strings.HasPrefix(kind, "\x1f\x8b"):
		return damaged(s, u.tarGz(reading{ctx, file, i.progress("unpacking "+s.name(), info.Size())}))
	case kind == "PK\x03\x04":
		u.moved = i.progress("unpacking "+s.name(), -1)
		return damaged(s, u.zip(file.File))
	case kind == "\x7fELF", strings.HasPrefix(kind, "#!"), kind == "\xcf\xfa\xed\xfe", kind == "\xca\xfe\xba\xbe":
		return u.lone(s, file)
	}
	return &RefusedError{Package: s.name(), Why: "it is neither a .tar.gz, nor a .zip, nor a program"}
}

// damaged tells of which archive it is that it can't be read, where that is no entry's.
func damaged(s Source, err error) error {
	if _, is := errors.AsType[*entryError](err); err == nil || is {
		return err
	}
	return &RefusedError{Package: s.name(), Why: err.Error(), err: err}
}

func copyFolder(s Source, u *unpacker) error {
	if s.SHA256 != "" || s.Checksums != "" {
		return fmt.Errorf("%s is a folder, and a sum is of a file", s.Place)
	}
	from, err := os.OpenRoot(s.Place)
	if err != nil {
		return err
	}
	return errors.Join(u.tree(from), from.Close())
}

// lone makes a package of a program that comes without one. Its version is its sum's.
func (u *unpacker) lone(s Source, from fetched) error {
	name, is := strings.CutPrefix(s.name(), programs.Prefix)
	if !is || !programs.ValidName(name) {
		return &RefusedError{Package: s.name(), Why: "a program that comes alone is named " + programs.Prefix + "NAME"}
	}
	manifest, err := yaml.Marshal(map[string]any{
		"name": name, "version": "sha256-" + from.sum[:12], "protocol": programs.Protocol,
		"binaries": map[string]string{programs.Platform(): s.name()},
	})
	if err != nil {
		return err
	}
	return errors.Join(u.file(s.name(), 0o755, from), u.file(programs.ManifestName, 0o644, strings.NewReader(string(manifest))))
}

// examine reads the manifest and sums what the package holds.
func (p *unpacked) examine(ctx context.Context, s Source, inside *os.Root) error {
	text, err := inside.ReadFile(programs.ManifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return &RefusedError{Package: s.name(), Why: "there is no " + programs.ManifestName + " at its root"}
	}
	if err != nil {
		return err
	}
	if p.Manifest, err = programs.ParseManifest(s.name()+": "+programs.ManifestName, text); err != nil {
		return err
	}
	if p.Protocol != programs.Protocol {
		why := fmt.Sprintf("it speaks version %d of the protocol, this hub %d", p.Protocol, programs.Protocol)
		return &RefusedError{Package: s.name(), Why: why}
	}
	if _, here := p.Binary(programs.Platform()); !here {
		why := fmt.Sprintf("it has no program for %s, but for %s", programs.Platform(), strings.Join(slices.Sorted(maps.Keys(p.Binaries)), ", "))
		return &RefusedError{Package: s.name(), Why: why}
	}
	p.locked.Version, p.locked.Manifest, p.locked.Binaries = p.Version, programs.SumOf(text), map[string]string{}
	for platform, name := range p.Binaries {
		if p.locked.Binaries[platform], err = program(inside, name); err != nil {
			return at(name, err)
		}
	}
	p.locked.Directory, err = programs.DirectoryHash(ctx, inside)
	return err
}

// program makes a program executable, which some archives can't say, and sums it.
func program(inside *os.Root, name string) (sum string, err error) {
	file, err := inside.Open(name)
	if err != nil {
		return "", errors.New("the manifest names it, and it is not there")
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("the manifest names it as a program, and it is no file")
	}
	if err := file.Chmod(0o755); err != nil {
		return "", err
	}
	return programs.Sum(file)
}

// conflict says who else offers one of the plugin's ids.
func (i *Installer) conflict(m *programs.Manifest) error {
	found, err := i.Places.Find()
	if err != nil {
		return err
	}
	offered := map[string]string{}
	for _, f := range found {
		if f.Name != m.Name && f.Manifest != nil {
			for _, id := range f.Manifest.IDs {
				offered[id] = f.Path
			}
		}
	}
	for _, list := range []map[string]string{i.Taken, offered} {
		for _, id := range m.IDs {
			if other, taken := list[id]; taken {
				return fmt.Errorf("two plugins offer the id %s: %s and the package %s %s", id, other, m.Name, m.Version)
			}
		}
	}
	named := slices.IndexFunc(found, func(f programs.Found) bool { return f.Name == m.Name && f.Runs && !f.Packaged })
	if named >= 0 {
		return fmt.Errorf("two plugins are named %s: %s and the package", m.Name, found[named].Path)
	}
	for _, b := range core.Builtins() {
		if b.Name == m.Name {
			return fmt.Errorf("a plugin that is built in is named %s, too", m.Name)
		}
	}
	return nil
}
