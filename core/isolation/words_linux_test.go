package isolation

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestADenialIsNamedWithTheKeyThatAllowsIt(t *testing.T) {
	s := Settings{Sandbox: BestEffort, Rules: Rules{Connect: []int{443}, Write: []string{"/var/lib/x"}, Read: []string{"/etc/krb5.conf"}}}
	for text, want := range map[string]string{
		"open /etc/secret: permission denied":                                "`touches: {read: [/etc/secret]}`",
		"open users: mkdir /srv/a b: permission denied":                      "`touches: {read: [/srv/a b]}`",
		"[Errno 13] Permission denied: '/etc/secret'":                        "`touches: {read: [/etc/secret]}`",
		"dial tcp 10.0.0.1:6379: connect: permission denied":                 "`touches: {connect: [6379]}`",
		"dial tcp [::1]:6379: connect: permission denied":                    "`touches: {connect: [6379]}`",
		"dial tcp 10.0.0.2:55->10.0.0.1:6379: connect: permission denied":    "`touches: {connect: [6379]}`",
		"listen tcp :80: bind: permission denied":                            "`touches: {listen: [80]}`",
		"listen tcp :443: bind: permission denied":                           "`touches: {listen: [443]}`",
		"dial tcp 10.0.0.1:443: connect: permission denied":                  "",
		"open /var/lib/x/y: permission denied":                               "",
		"dial tcp 10.0.0.1:6379: connect: connection refused":                "",
		"NOPERM this user has no permissions to run the 'publish' command":   "",
		"the server says: permission denied for table open orders":           "",
		"dial unix /run/x.sock: connect: permission denied":                  "",
		"open /etc/krb5.conf: permission denied":                             "`write` to write",
		"exec: open /var/lib/xy: permission denied, and something after it.": "`touches: {read: [/var/lib/xy]}`",
	} {
		got := s.Denial(text)
		known := ABI() >= abiTCP || ABI() >= abiFiles && !strings.Contains(text, "tcp")
		if known && want != "" && !strings.Contains(got, want) || (want == "" || !known) && got != "" {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if off := (Settings{Rules: s.Rules}).Denial(text); off != "" {
			t.Errorf("%s: %q without a sandbox", text, off)
		}
	}
}

func TestWhatASandboxHoldsIsSaidInWords(t *testing.T) {
	for _, c := range []struct {
		outcome Outcome
		want    string
	}{
		{Outcome{}, "off"},
		{Outcome{Mode: BestEffort}, "best-effort: nothing is restricted, the kernel offers no Landlock"},
		{Outcome{Mode: BestEffort, ABI: 3}, "best-effort: files, but not TCP ports (Landlock ABI 3, TCP needs 4)"},
		{Outcome{Mode: Enforce, ABI: 4}, "enforce: files and TCP ports (Landlock ABI 4)"},
		{Outcome{Mode: Enforce, ABI: 7}, "enforce: files, TCP ports, signals and abstract sockets (Landlock ABI 7)"},
		{Outcome{Mode: BestEffort, ABI: 7, Byways: "multipath TCP can't be restricted: no such system call"},
			"best-effort: files, and TCP ports save that multipath TCP can't be restricted: no such system call (Landlock ABI 7)"},
	} {
		if got := c.outcome.String(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.outcome, got, c.want)
		}
	}
}

// A path that is to be made lets the folder through that it is to be made in, unless the hub's own files are in it.
func TestWhatIsNotThereYet(t *testing.T) {
	here := newPlace(t)
	r := Rules{Make: []string{here.file, here.folder + "/new", "/tmp/not-there-" + t.Name(), "/not/there/at/all"}}
	if got := strings.Join(r.made(), " "); got != here.file+" "+here.folder+" /not/there/at" {
		t.Errorf("let through: %s", got)
	}
	r.Guarded = []string{here.folder + "/araldo-data"}
	if got := strings.Join(r.made(), " "); got != here.file+" /not/there/at" {
		t.Errorf("let through with the hub's files in it: %s", got)
	}
	// systemd gives a state directory by where it lies, and people write the link to it.
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(here.folder, link); err != nil {
		t.Fatal(err)
	}
	r.Make = []string{filepath.Join(link, "new")}
	if got := r.made(); len(got) > 0 {
		t.Errorf("let through by a link to the hub's files: %s", got)
	}
}
