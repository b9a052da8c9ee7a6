package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// envPrefix stands before the name of a global key in the environment, as in ARALDO_LOG_LEVEL.
const envPrefix = "ARALDO"

// AddFlags adds a flag for each key of `global`. Load takes those that were set.
func AddFlags(flags *pflag.FlagSet) {
	for _, key := range globalKeys {
		usage := key.usage
		if key.fallback != "" {
			usage += " (default " + key.fallback + ")"
		}
		flags.String(key.name, "", usage)
	}
}

// settings are the keys of `global` wherever they were set: flag before environment before file before default.
type settings struct {
	viper *viper.Viper
	flags *pflag.FlagSet
	file  map[string]document.Value
}

func (c *Config) loadGlobal(ps *core.Problems, section document.Value, flags *pflag.FlagSet) {
	s := settings{viper: viper.New(), flags: flags, file: map[string]document.Value{}}
	values := s.fromFile(ps, section)
	if err := s.viper.MergeConfigMap(values); err != nil {
		ps.Errorf(section.Position(), err.Error(), "global can't be read")
	}
	s.viper.SetEnvPrefix(envPrefix)
	s.viper.SetEnvKeyReplacer(strings.NewReplacer("-", "_"))
	s.viper.AutomaticEnv()
	for _, key := range globalKeys {
		s.viper.SetDefault(key.name, key.fallback)
		if err := s.bind(key.name); err != nil {
			ps.Errorf(core.Position{File: "--" + key.name}, err.Error(), "the flag can't be read")
		}
		if key.set != nil {
			s.apply(ps, key, &c.Global)
		}
	}
	c.Global.PluginDirs = s.pluginDirs(ps, c.Dir)
	c.Global.DataDir = s.dataDir(c.Path, c.Dir)
	c.note(&s)
}

// fromFile checks the section's keys and returns their texts for viper.
func (s *settings) fromFile(ps *core.Problems, section document.Value) map[string]any {
	names := make([]string, len(globalKeys))
	for i, key := range globalKeys {
		names[i] = key.name
	}
	values := map[string]any{}
	for _, e := range section.Entries(ps, "global") {
		switch {
		case !slices.Contains(names, e.Key):
			e.Unknown(ps, names)
		case e.Key == "plugin-dirs":
			dirs := texts(ps, e)
			s.file[e.Key], values[e.Key] = e.Value, dirs
		default:
			text := ""
			e.String(ps, &text)
			if text != "" {
				s.file[e.Key], values[e.Key] = e.Value, text
			}
		}
	}
	return values
}

func (s *settings) bind(name string) error {
	if flag := s.flag(name); flag != nil {
		return s.viper.BindPFlag(name, flag)
	}
	return nil
}

// flag returns the key's flag if it was set.
func (s *settings) flag(name string) *pflag.Flag {
	if s.flags == nil {
		return nil
	}
	if flag := s.flags.Lookup(name); flag != nil && flag.Changed {
		return flag
	}
	return nil
}

// origin says where the key's value comes from; the zero Position is the default.
func (s *settings) origin(name string) core.Position {
	variable := envPrefix + "_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	switch {
	case s.flag(name) != nil:
		return core.Position{File: "--" + name}
	case os.Getenv(variable) != "":
		return core.Position{File: "$" + variable}
	}
	return s.file[name].Position()
}

func (s *settings) apply(ps *core.Problems, key globalKey, g *Global) {
	text, at := s.viper.GetString(key.name), s.origin(key.name)
	wanted := key.set(g, text)
	if wanted == "" {
		return
	}
	if near := core.Nearest(text, logLevels); key.name == "log-level" && near != "" {
		wanted = "did you mean " + near + "? " + wanted
	}
	shown := document.Quote(text)
	if at.Line > 0 {
		shown = s.file[key.name].Show()
	}
	ps.Errorf(at, wanted, "%s: %s is not allowed", key.name, shown)
}

// fromHere makes a path absolute: one in the file starts at the file's folder, others at the working folder.
func (s *settings) fromHere(name, path, dir string) string {
	if s.origin(name).Line > 0 && !filepath.IsAbs(path) {
		return filepath.Join(dir, path)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return absolute
}

// dataDir is what was set, else the service manager's folder, else NAME-data beside NAME.yaml.
func (s *settings) dataDir(path, dir string) string {
	if set := s.viper.GetString("data-dir"); set != "" {
		return s.fromHere("data-dir", set, dir)
	}
	if state := s.fromState(); state != "" {
		return state
	}
	base := filepath.Base(path)
	return filepath.Join(dir, strings.TrimSuffix(base, filepath.Ext(base))+"-data")
}

// stateVariable is where a service manager names the service's folder.
const stateVariable = "STATE_DIRECTORY"

func (s *settings) fromState() string {
	first, _, _ := strings.Cut(os.Getenv(stateVariable), ":") // systemd.exec(5): one folder per name, separated by colons
	return first
}

func (s *settings) pluginDirs(ps *core.Problems, dir string) []string {
	list, given := s.viper.Get("plugin-dirs").([]string)
	if !given {
		list = filepath.SplitList(s.viper.GetString("plugin-dirs"))
	}
	var dirs []string
	for _, path := range list {
		path = s.fromHere("plugin-dirs", path, dir)
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			ps.Errorf(s.origin("plugin-dirs"), "", "plugin-dirs: %q is no folder", path)
			continue
		}
		dirs = append(dirs, path)
	}
	return dirs
}
