package config

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/routes"
)

// comparable is an id with a key of each sort that matters to a comparison.
var comparable = []core.TypeInfo{{ID: "endpoint-x", Kind: core.KindEndpoint, Schema: []byte(`{"type":"object","properties":{
	"path":{"type":"string","default":"/ws"},
	"port":{"type":"integer"},
	"password":{"type":"string","writeOnly":true},
	"origins":{"type":"array","items":{"type":"string"}}}}`)},
	{ID: "marshal-x", Kind: core.KindMarshalling, Schema: []byte(`{"type":"object","properties":{"depth":{"type":"integer"}}}`)}}

const comparedFile = `
global: {log-level: info, shutdown-timeout: 60s}
plugins:
  marshalling:
    - {name: json, id: marshal-x, depth: 3}
  endpoints:
    - {name: a, id: endpoint-x, path: /ws, password: hush-hush, marshalling: json}
    - {name: b, id: endpoint-x, port: 80, origins: [x, y]}
    - {name: c, id: endpoint-x}
routes:
  a: [b, {to: c, queue: {bytes: 8MiB}}]
`

// compared is what changes when in comparedFile each text of edits is replaced by the one that follows it.
func compared(t *testing.T, edits ...string) []string {
	t.Helper()
	text := comparedFile
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(text, edits[i]) {
			t.Fatalf("%q does not stand in the file", edits[i])
		}
		text = strings.Replace(text, edits[i], edits[i+1], 1)
	}
	before, wrong := load(t, comparedFile)
	after, alsoWrong := load(t, text)
	if strings.Contains(wrong+alsoWrong, "is not") {
		t.Fatal(wrong, alsoWrong)
	}
	var list []string
	for _, change := range Compare(before, after, comparable) {
		// Both files have folders of their own, and with them their own data-dir.
		if change.Kind == ChangeGlobal {
			change.Keys = slices.DeleteFunc(change.Keys, func(k KeyChange) bool { return k.Key == "data-dir" })
			if len(change.Keys) == 0 {
				continue
			}
		}
		list = append(list, change.String())
	}
	return list
}

func TestWhatDiffers(t *testing.T) {
	t.Setenv("SECRET", "hush-hush")
	for name, c := range map[string]struct{ edits, want []string }{
		"nothing": {},
		"another spelling of the same": {edits: []string{
			"60s", "1m", "path: /ws, ", "", "{to: c, queue: {bytes: 8MiB}}", "c", "routes:", "# who gets what\nroutes:"}},
		"the same by substitution": {edits: []string{"hush-hush", "'${env:SECRET}'"}},
		"global keys": {edits: []string{"log-level: info", "log-level: debug, max-message: 2MiB"},
			want: []string{"global changed (hub-restart): log-level info -> debug, max-message 1MiB -> 2MiB"}},
		"a live key alone": {edits: []string{"60s", "30s"}, want: []string{"global changed (live): shutdown-timeout 1m -> 30s"}},
		"hub's keys of an endpoint": {edits: []string{"port: 80,", "port: 80, enabled: false, restart: {limit: 3},"},
			want: []string{"endpoint b changed (live): enabled true -> false, restart.limit 10 -> 3"}},
		"trust that was not said": {edits: []string{"port: 80,", "port: 80, trust: [],"},
			want: []string{"endpoint b changed (endpoint-restart): trust (not set) -> []"}},
		"enabled alone": {edits: []string{"port: 80,", "port: 80, enabled: false,"},
			want: []string{"endpoint b changed (live): enabled true -> false"}},
		"a plugin's keys": {edits: []string{"[x, y]", "[x]", "port: 80, ", "", "id: endpoint-x}", "id: endpoint-x, path: /c}"},
			want: []string{`endpoint b changed (endpoint-restart): origins ["x","y"] -> ["x"], port 80 -> (not set)`,
				"endpoint c changed (endpoint-restart): path /ws -> /c"}},
		"a secret": {edits: []string{"hush-hush", "more-hush"}, want: []string{"endpoint a changed (endpoint-restart): password"}},
		"a marshalling": {edits: []string{"depth: 3", "depth: 4"},
			want: []string{"marshalling json changed (endpoint-restart): depth 3 -> 4"}},
		"another id": {edits: []string{"name: c, id: endpoint-x", "name: c, id: endpoint-y, path: /z"},
			want: []string{"endpoint c changed (endpoint-restart): id endpoint-x -> endpoint-y"}},
		"a name": {edits: []string{"name: c", "name: d", "to: c", "to: d"},
			want: []string{"endpoint c removed (live)", "endpoint d added (live)", "outlet a -> c removed (live): what it still has after shutdown-timeout is dropped", "outlet a -> d added (live)"}},
		"an outlet": {edits: []string{"{bytes: 8MiB}", "{bytes: 1MiB}, when: 'source == \"a\"'"},
			want: []string{`outlet a -> c changed (live): queue.bytes 8MiB -> 1MiB, when (not set) -> source == "a"`}},
		"a route": {edits: []string{"routes:", "routes:\n  b: [a]"}, want: []string{"route b added (live)", "outlet b -> a added (live)"}},
		"another route": {edits: []string{"  a: [b, ", "  b: ["},
			want: []string{"route a removed (live)", "route b added (live)", "outlet a -> b removed (live): what it still has after shutdown-timeout is dropped", "outlet a -> c removed (live): what it still has after shutdown-timeout is dropped", "outlet b -> c added (live)"}},
		"the order": {edits: []string{"[b, {to: c, queue: {bytes: 8MiB}}]", "[c, b]"}},
	} {
		if got := compared(t, c.edits...); !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, c.want)
		}
	}
}

func TestAChangedValueBehindAReferenceIsAChange(t *testing.T) {
	dir := t.TempDir()
	path, secret := filepath.Join(dir, "araldo.yaml"), filepath.Join(dir, "secret")
	put := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(path, "plugins: {endpoints: [{name: a, id: endpoint-x, path: '/${env:PLACE}', password: '${file:secret}'}]}\nroutes: {a: [a]}\n")
	put(secret, "the first secret")
	t.Setenv("PLACE", "the first place")
	before, problems := Load(path, nil)
	if problems.Failed() {
		t.Fatal(problems)
	}
	if files := before.Files(); !slices.Equal(files, []string{path, secret}) {
		t.Errorf("it is made of %v", files)
	}
	put(secret, "the second secret")
	t.Setenv("PLACE", "the second place")
	after, problems := Load(path, nil)
	if problems.Failed() {
		t.Fatal(problems)
	}
	changes := Compare(before, after, comparable)
	want := "endpoint a changed (endpoint-restart): password, path"
	if len(changes) != 1 || changes[0].String() != want || changes[0].Position.Line != 1 {
		t.Errorf("got %v, want %s", changes, want)
	}
	if changes := Compare(before, after, nil); len(changes) != 1 || changes[0].String() != want {
		t.Errorf("without schemas: %v", changes)
	}
}

func TestEveryKeyHasAClassAndIsCompared(t *testing.T) {
	for _, key := range globalKeys {
		if c := classOf(globalSchemas(), key.name); c != key.class || key.class == 0 {
			t.Errorf("global %s: %v", key.name, c)
		}
		if _, found := fieldsOf(Global{})[key.name]; !found {
			t.Errorf("global %s is no field of Global", key.name)
		}
	}
	for kind, keys := range hubKeys {
		for _, key := range keys {
			if c := classOf(hubSchemas(kind), key); c != hubClass(kind, key) {
				t.Errorf("%s %s: %v", kind, key, c)
			}
		}
	}
	fields := slices.Sorted(maps.Keys(fieldsOf(routes.Outlet{})))
	for key := range outletProperties(t) {
		if !slices.ContainsFunc(fields, func(f string) bool { return f == key || strings.HasPrefix(f, key+".") }) {
			t.Errorf("outlet key %s is no field of %v", key, fields)
		}
	}
}

func outletProperties(t *testing.T) map[string]any {
	t.Helper()
	items := routes.Schema()["additionalProperties"].(map[string]any)["items"].(map[string]any)
	long := items["oneOf"].([]any)[1].(map[string]any)
	properties := long["properties"].(map[string]any)
	for key, schema := range properties {
		if c := schema.(map[string]any)[classWord]; c != ClassLive.String() {
			t.Errorf("outlet %s: class %v", key, c)
		}
	}
	return properties
}

func TestKeysInheritTheClassOfTheirMapping(t *testing.T) {
	keys, err := Keys([]byte(`{"properties":{"q":{"type":"object","x-reload":"live","properties":{"n":{"type":"integer"}}}}}`))
	var got []string
	for _, key := range keys {
		got = append(got, key.Name+" "+key.Class)
	}
	if want := []string{"q live", "q.n live"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}
