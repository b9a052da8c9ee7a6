package manifests

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// project reads compose.yaml as Docker Compose does: by its schema, without unknown keys.
func project(t *testing.T) *types.Project {
	t.Helper()
	path, err := filepath.Abs(folder + "compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: filepath.Dir(path), ConfigFiles: []types.ConfigFile{{Filename: path}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestComposeFitsTheHub(t *testing.T) {
	p := project(t)
	hub := p.Services["araldo"]
	if _, err := os.Stat(filepath.Join(hub.Build.Context, hub.Build.Dockerfile)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(hub.Build.Context, "go.mod")); err != nil {
		t.Error(err)
	}
	targets := map[string]types.ServiceVolumeConfig{}
	for _, v := range hub.Volumes {
		targets[v.Target] = v
	}
	if targets["/data"].Type != types.VolumeTypeVolume || len(hub.Tmpfs) != 1 {
		t.Errorf("it keeps its data in %+v, its sockets in %s", targets["/data"], hub.Tmpfs)
	}
	file := hub.Command[slices.Index(hub.Command, "-c")+1]
	text, err := os.ReadFile(filepath.Join(targets[filepath.Dir(file)].Source, filepath.Base(file)))
	if err != nil {
		t.Fatal(err)
	}
	c := configurationOf(t, string(text))
	c.checkGrace(t, time.Duration(*hub.StopGracePeriod))
	c.checkHosts(t, p.ServiceNames()...)
	if port := hub.Ports[0]; int(port.Target) != c.Global.ServerPort || port.HostIP != "127.0.0.1" || port.Published != strconv.Itoa(defaultPort) {
		t.Errorf("%+v is not the hub's port at the loopback", port)
	}
}

func TestComposeGivesNothingAway(t *testing.T) {
	for name, s := range project(t).Services {
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.CapAdd) > 0 || s.Privileged ||
			!slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may do too much", name)
		}
		if s.Build == nil && s.User == "" {
			t.Errorf("%s runs as root", name)
		}
	}
}
