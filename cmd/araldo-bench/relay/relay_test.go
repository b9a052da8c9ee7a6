package relay

import (
	"os"
	"strings"
	"testing"
)

func TestAProgramThatIsNotGivenIsNamed(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	d := &Description{Name: "nodered", Command: []string{"sh", "{node-red}"}}
	_, err := d.Start("w1", 1, Programs{"araldo": "bin/araldo"})
	if err == nil || !strings.Contains(err.Error(), "--program node-red=PATH") {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
