package main

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// recipe is what the programs of a recipe that go on must have said in the end, in the page's order, and what the one
// before the last must not have said.
type recipe struct {
	says  []string
	never string
}

// recipes are those of routes/README.md, by the file that the first line starts.
var recipes = map[string]recipe{
	"push.yaml":  {says: []string{"news from the back end"}},
	"chat.yaml":  {says: []string{"hello"}},
	"reply.yaml": {says: []string{`"data":{"ask":"time"}`, "closing time", "noon"}, never: "noon"},
	"ask.yaml":   {says: []string{`"data":{"ask":"time"}`, "closing time", "noon"}, never: "noon"},
	"relay.yaml": {says: []string{`"price": 250`}, never: `"price": 7`},
}

// The lines of the recipes in routes/README.md, word for word and in their order.
func TestTheRecipes(t *testing.T) {
	k := &kitchen{t: t, shell: newNewcomer(t)}
	t.Cleanup(k.clear)
	seen := 0
	for _, line := range codeLines(t, "../../routes/README.md") {
		switch {
		case strings.HasPrefix(line, "araldo serve"):
			k.finish()
			k.now = recipes[line[strings.LastIndex(line, "/")+1:]]
			seen++
			k.shell.start(line, "araldo is ready")
		case strings.Contains(line, " subscribe "):
			k.begin(line, "subscribe")
		case strings.Contains(line, " --listen "):
			k.begin(line, "connected")
		default:
			awaitSubscriber(t, k.shell, line)
			k.shell.run(fillIn(t, line, k.said))
		}
	}
	k.finish()
	if seen != len(recipes) {
		t.Errorf("the page has %d recipes, the test %d", seen, len(recipes))
	}
}

// kitchen is where one recipe after the other is tried.
type kitchen struct {
	t       *testing.T
	shell   *newcomer
	now     recipe
	running []*exec.Cmd
	said    []*transcript
}

// begin runs a line that goes on, in a process group of its own, and waits until it says the words.
func (k *kitchen) begin(line, words string) {
	k.t.Helper()
	program, text := k.shell.command(line), &transcript{}
	program.Stdout, program.Stderr = text, text
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := program.Start(); err != nil {
		k.t.Fatal(err)
	}
	k.running, k.said = append(k.running, program), append(k.said, text)
	awaitText(k.t, text, words)
}

// finish holds what was said to the recipe, and ends all.
func (k *kitchen) finish() {
	k.t.Helper()
	if len(k.said) != len(k.now.says) {
		k.t.Errorf("%d programs go on, want %d", len(k.said), len(k.now.says))
	}
	for i := range min(len(k.said), len(k.now.says)) {
		awaitText(k.t, k.said[i], k.now.says[i])
	}
	if other := max(len(k.said)-2, 0); k.now.never != "" && strings.Contains(k.said[other].String(), k.now.never) {
		k.t.Errorf("%q reached somebody else:\n%s", k.now.never, k.said[other])
	}
	k.clear()
	k.shell.interrupt()
}

// clear ends what goes on.
func (k *kitchen) clear() {
	for _, program := range k.running {
		_ = syscall.Kill(-program.Process.Pid, syscall.SIGKILL)
		_ = program.Wait()
	}
	k.running, k.said = nil, nil
}

// awaitText waits until a program has said the words.
func awaitText(t *testing.T, said *transcript, words string) {
	t.Helper()
	await(t, "somebody says "+words+": "+said.String(), func() bool { return strings.Contains(said.String(), words) })
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for tick := time.Tick(pollEvery); !holds(); <-tick {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

var published = regexp.MustCompile(`^(redis-cli -p \d+) publish (\S+) `)

// awaitSubscriber waits until the hub listens to the channel that the line publishes to.
func awaitSubscriber(t *testing.T, shell *newcomer, line string) {
	t.Helper()
	found := published.FindStringSubmatch(line)
	if found == nil {
		return
	}
	await(t, "the hub listens to "+found[2], func() bool {
		out, err := shell.command(found[1] + " pubsub numsub " + found[2]).Output()
		return err == nil && strings.HasSuffix(strings.TrimSpace(string(out)), "1")
	})
}

// shown finds what the page's lines have a word in capitals for, by that word.
var shown = map[string]*regexp.Regexp{
	"CONN":        regexp.MustCompile(`"conn":"([^"]+)"`),
	"CORRELATION": regexp.MustCompile(`"correlation":"([^"]+)"`),
}

// fillIn puts what was said in place of such words.
func fillIn(t *testing.T, line string, said []*transcript) string {
	t.Helper()
	for word, member := range shown {
		if !strings.Contains(line, word) {
			continue
		}
		await(t, "somebody shows a "+word, func() bool {
			return slices.ContainsFunc(said, func(text *transcript) bool {
				found := member.FindStringSubmatch(text.String())
				if found != nil {
					line = strings.ReplaceAll(line, word, found[1])
				}
				return found != nil
			})
		})
	}
	return line
}
