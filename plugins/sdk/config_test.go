package sdk

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

type account struct {
	User     string `key:"user" required:"true" doc:"Who."`
	Password string `key:"password" secret:"true" max:"8"`
}

type shared struct {
	Tries uint8 `key:"tries" default:"3"`
}

type sample struct {
	shared
	Channel string            `key:"channel" required:"true" min:"2" max:"10" doc:"Which channel."`
	Slow    string            `key:"slow" default:"drop" enum:"drop,wait"`
	Port    int               `key:"port" default:"6379" min:"1" max:"65535"`
	Ratio   float64           `key:"ratio" default:"0.5"`
	Ping    time.Duration     `key:"ping" default:"20s" min:"1s"`
	Limit   Bytes             `key:"limit" default:"64KiB" max:"1MiB"`
	Origins []string          `key:"origins" default:"a,b" max:"3"`
	Pauses  []time.Duration   `key:"pauses"`
	Labels  map[string]string `key:"labels"`
	Account *account          `key:"account"`
	Events  bool              `key:"events" default:"true"`
	Every   *time.Duration    `key:"every"`
}

func TestDefaults(t *testing.T) {
	var c sample
	if found := decodeConfig([]byte(`{"channel": "orders", "slow": null}`), &c); len(found) > 0 {
		t.Fatal(found)
	}
	wanted := sample{shared: shared{3}, Channel: "orders", Slow: "drop", Port: 6379, Ratio: 0.5, Ping: 20 * time.Second,
		Limit: 64 << 10, Origins: []string{"a", "b"}, Events: true}
	if !reflect.DeepEqual(c, wanted) {
		t.Errorf("got %+v\nmust be %+v", c, wanted)
	}
}

func TestValues(t *testing.T) {
	var c sample
	found := decodeConfig([]byte(`{"channel": "orders", "tries": 9, "slow": "wait", "port": 1, "ratio": 2, "ping": "5m",
		"limit": "1MiB", "origins": [], "pauses": ["1s", "0"], "labels": {"a": "b"}, "events": false, "every": "0s",
		"account": {"user": "me", "password": "secret"}}`), &c)
	if len(found) > 0 {
		t.Fatal(found)
	}
	wanted := sample{shared: shared{9}, Channel: "orders", Slow: "wait", Port: 1, Ratio: 2, Ping: 5 * time.Minute,
		Limit: 1 << 20, Origins: []string{}, Pauses: []time.Duration{time.Second, 0}, Labels: map[string]string{"a": "b"},
		Account: &account{"me", "secret"}, Every: new(time.Duration)}
	if !reflect.DeepEqual(c, wanted) {
		t.Errorf("got %+v\nmust be %+v", c, wanted)
	}
}

// refused are configurations with one thing wrong each, and where.
var refused = []struct{ config, path, summary, detail string }{
	{`{}`, "/channel", `"channel" is missing`, "Which channel."},
	{`{"channel": "orders", "chanel": 1}`, "/chanel", `unknown key "chanel"`, `did you mean "channel"?`},
	{`{"channel": "orders", "a/b~c": 1}`, "/a~1b~0c", `unknown key "a/b~c"`, "the keys are "},
	{`{"channel": 5}`, "/channel", "channel is 5, must be a string", ""},
	{`{"channel": "x"}`, "/channel", `channel is "x", must be at least 2 characters long`, ""},
	{`{"channel": "orders", "slow": "dorp"}`, "/slow", `slow is "dorp"`, "it is one of drop, wait"},
	{`{"channel": "orders", "port": 0}`, "/port", "port is 0, must be at least 1", ""},
	{`{"channel": "orders", "port": 1.5}`, "/port", "port is 1.5, must be a whole number", ""},
	{`{"channel": "orders", "port": "80"}`, "/port", `port is "80", must be a whole number`, ""},
	{`{"channel": "orders", "port": 99999999999999999999}`, "/port", "must be a whole number", ""},
	{`{"channel": "orders", "tries": -1}`, "/tries", "tries is -1, must be a whole number, 0 or more", ""},
	{`{"channel": "orders", "ratio": "half"}`, "/ratio", `ratio is "half", must be a number`, ""},
	{`{"channel": "orders", "ping": "soon"}`, "/ping", `ping is "soon", must be a duration such as`, ""},
	{`{"channel": "orders", "limit": "big"}`, "/limit", `limit is "big", must be a size such as`, ""},
	{`{"channel": "orders", "origins": "a"}`, "/origins", `origins is "a", must be a list`, ""},
	{`{"channel": "orders", "origins": ["a", 2]}`, "/origins/1", "origins is 2, must be a string", ""},
	{`{"channel": "orders", "origins": ["a","b","c","d"]}`, "/origins", "origins is a list, must be at most 3 entries long", ""},
	{`{"channel": "orders", "labels": {"a": 1}}`, "/labels/a", "a is 1, must be a string", ""},
	{`{"channel": "orders", "labels": []}`, "/labels", "labels is a list, must be a mapping", ""},
	{`{"channel": "orders", "account": {}}`, "/account/user", `"user" is missing`, "Who."},
	{`{"channel": "orders", "account": 1}`, "/account", "account is 1, must be a mapping", ""},
	{`{"channel": "orders", "events": "yes"}`, "/events", `events is "yes", must be true or false`, ""},
	{`{"channel": "orders", "account": {"user": "a", "password": "hunter2hunter2"}}`, "/account/password",
		"password is the value (a secret), must be at most 8 characters long", ""},
	{`[]`, "", "the configuration is not a JSON object", ""},
	{`{`, "", "the configuration is not a JSON object", ""},
}

func TestWrongConfigurationsAreTold(t *testing.T) {
	for _, r := range refused {
		var c sample
		found := decodeConfig([]byte(r.config), &c)
		if len(found) != 1 {
			t.Errorf("%s: found %v", r.config, found)
			continue
		}
		if f := found[0]; f.Path != r.path || !strings.Contains(f.Summary, r.summary) || !strings.Contains(f.Detail, r.detail) {
			t.Errorf("%s: found %+v, must be %+v", r.config, f, r)
		}
		if strings.Contains(found[0].Summary, "hunter2") {
			t.Errorf("%s: shows the secret: %s", r.config, found[0].Summary)
		}
	}
}

func TestAllFindingsComeAtOnce(t *testing.T) {
	var c sample
	if found := decodeConfig([]byte(`{"port": 0, "nosuch": 1, "slow": "no", "ping": 5}`), &c); len(found) != 5 {
		t.Errorf("%d findings: %v", len(found), found)
	}
}

// Two limits are beyond a JSON Schema: those of durations and of sizes.
func TestSchemaAgreesWithDecoder(t *testing.T) {
	schema := compile(t, &sample{})
	for _, r := range refused {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(r.config))
		if err == nil && schema.Validate(value) == nil {
			t.Errorf("%s: the schema takes what the decoder refuses", r.config)
		}
	}
	for _, config := range []string{
		`{"channel": "orders"}`, `{"channel": "orders", "limit": "512", "ping": "1h30m", "ratio": 1e3, "labels": {}}`,
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(config))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: the schema refuses it: %v", config, err)
		}
	}
}

func compile(t *testing.T, config any) *jsonschema.Schema {
	t.Helper()
	raw, err := Schema(config)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSchemaSaysWhatTagsSay(t *testing.T) {
	raw, err := Schema(sample{})
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]map[string]any
		Required   []string
	}
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	password := schema.Properties["account"]["properties"].(map[string]any)["password"].(map[string]any)
	if password["writeOnly"] != true || password["maxLength"] != 8.0 {
		t.Errorf("password: %v", password)
	}
	if d := schema.Properties["ping"]["description"]; d != "(min 1s)" {
		t.Errorf("ping: description %v", d)
	}
	if !reflect.DeepEqual(schema.Required, []string{"channel"}) || schema.Properties["port"]["default"] != 6379.0 {
		t.Errorf("required %v, port %v", schema.Required, schema.Properties["port"])
	}
}

func TestTagsThatMakeNoSense(t *testing.T) {
	for name, config := range map[string]any{
		"key twice": struct {
			A int `key:"a"`
			B int `key:"a"`
		}{},
		"default of another type": struct {
			A int `key:"a" default:"many"`
		}{},
		"limit of another type": struct {
			A time.Duration `key:"a" min:"1"`
		}{},
		"required with a default": struct {
			A string `key:"a" default:"" required:"true"`
		}{},
		"a channel": struct {
			A chan int `key:"a"`
		}{},
		"a map of numbers": struct {
			A map[string]int `key:"a"`
		}{},
		"an unexported field": sneaky{hidden: 1},
		"no struct":           5,
	} {
		if _, err := Schema(config); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type sneaky struct {
	hidden int `key:"hidden"`
}

func TestBytes(t *testing.T) {
	for text, wanted := range map[string]Bytes{
		"0": 0, "512": 512, "64KiB": 64 << 10, "8MiB": 8 << 20, "1GiB": 1 << 30, "3kB": 3000, "2 MB": 2e6, "7B": 7,
	} {
		got, err := ParseBytes(text)
		if err != nil || got != wanted {
			t.Errorf("%q is %d, %v", text, got, err)
		}
		if again, err := ParseBytes(got.String()); err != nil || again != got {
			t.Errorf("%q prints as %q", text, got)
		}
	}
	for _, text := range []string{"", "-1", "1.5MiB", "9223372036854775807KiB", "64 kib", "x"} {
		if got, err := ParseBytes(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func FuzzDecodeConfig(f *testing.F) {
	for _, r := range refused {
		f.Add([]byte(r.config))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var c sample
		if found := decodeConfig(raw, &c); len(found) == 0 && (c.Port < 1 || len(c.Channel) < 2 || c.Slow == "") {
			t.Errorf("%q was taken as %+v", raw, c)
		}
	})
}
