package hub

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
	"github.com/araldo-relay/araldo/routes"
)

// validate has every instance checked by its schema and its plugin, then what only shows when all are seen together.
func (c *crew) validate(ctx context.Context) core.Problems {
	problems := c.cfg.CheckIDs(c.offered())
	problems = append(problems, c.checkUnfit(problems)...)
	problems = append(problems, c.cfg.CheckKinds(c.offeredTypes())...)
	problems = append(problems, c.checkRestarts()...)
	problems = append(problems, c.checkPrograms()...)
	c.assessments, c.configs = map[string]core.Assessment{}, map[string][]byte{}
	for _, in := range c.instances() {
		problems = append(problems, c.assess(ctx, in)...)
	}
	problems = append(problems, c.cfg.CheckClaims(c.assessments)...)
	c.ends = c.knownEnds()
	ends := slices.Collect(maps.Values(c.ends))
	problems = append(problems, routes.CheckAbilities(c.cfg.Routes, ends)...)
	problems = append(problems, routes.CheckCycles(c.cfg.Routes, ends)...)
	config.Sort(problems)
	return problems
}

func (c *crew) offered() []string {
	var ids []string
	for _, b := range core.Builtins() {
		ids = append(ids, b.IDs...)
	}
	for id := range c.types {
		ids = append(ids, id)
	}
	return ids
}

func (c *crew) offeredTypes() []core.TypeInfo {
	var list []core.TypeInfo
	for _, t := range c.types {
		list = append(list, t)
	}
	return list
}

// assess asks an instance's plugin what it thinks of the instance's own keys.
func (c *crew) assess(ctx context.Context, in *config.Instance) core.Problems {
	m := c.on[in.Name]
	t, known := c.types[in.ID]
	if !known || m == nil && !isOwn(in.ID) {
		return nil
	}
	own, problems := in.JSON(t.Schema)
	if problems.Failed() {
		return problems
	}
	c.configs[in.Name] = own
	assessment, err := c.opinion(ctx, m, in)
	if err != nil {
		problems.Errorf(in.Position, "", "%v", err)
		return problems
	}
	for _, d := range assessment.Diagnostics {
		problems = append(problems, in.Problem(d))
	}
	if assessment.Capabilities == (core.Capabilities{}) {
		assessment.Capabilities = t.Capabilities
	}
	c.assessments[in.Name] = assessment
	return problems
}

// opinion is what an instance's plugin says of it, or the hub where it is one of its own. What it said before of the same
// it need not say again, so that one that is down keeps nobody from changing others.
func (c *crew) opinion(ctx context.Context, m *member, in *config.Instance) (core.Assessment, error) {
	if isOwn(in.ID) {
		return assessStatus(c.configs[in.Name]), nil
	}
	if assessment, known := c.before.assessed(m, in.Name, c.question(in)); known {
		return assessment, nil
	}
	return m.Validate(ctx, c.instance(in))
}

// question is all that a plugin's opinion of an instance depends on.
func (c *crew) question(in *config.Instance) string {
	return fmt.Sprintf("%s %d %s %s %s", in.ID, c.cfg.Global.ServerPort, c.cfg.Global.Bind, c.cfg.Dir, c.configs[in.Name])
}

// assessed is what a member's process said of an instance when it was asked the same.
func (c *crew) assessed(m *member, name, question string) (assessment core.Assessment, known bool) {
	if c == nil || c.on[name] == nil || c.on[name].Plugin != m.Plugin {
		return assessment, false
	}
	for _, in := range c.instances() {
		if in.Name == name && c.question(in) == question {
			assessment, known = c.assessments[name]
		}
	}
	return assessment, known
}

// instance is what the plugin is told of an instance.
func (c *crew) instance(in *config.Instance) host.Instance {
	inbound, outbound := c.directions(in.Name)
	can := c.assessments[in.Name].Capabilities
	return host.Instance{
		Name: in.Name, ID: in.ID, Config: c.configs[in.Name],
		ServerPort: c.cfg.Global.ServerPort, Bind: c.cfg.Global.Bind, BaseDir: c.cfg.Dir,
		Capabilities: can, Enabled: in.Enabled, Inbound: inbound, Outbound: outbound, Trust: in.Trusted(c.assessments[in.Name]),
		Timeout: in.Timeout,
	}
}

// directions says in which ways routes use an endpoint.
func (c *crew) directions(name string) (inbound, outbound bool) {
	for _, r := range c.cfg.Routes {
		inbound = inbound || r.Inbound == name
		for _, o := range r.Outlets {
			outbound = outbound || o.To == name || o.DeadLetter == name
		}
	}
	return inbound, outbound
}

// knownEnds are the endpoints that could be assessed, as the routes know them, by name.
func (c *crew) knownEnds() map[string]routes.End {
	ends := map[string]routes.End{}
	for _, end := range c.cfg.Ends(c.assessments) {
		if _, assessed := c.assessments[end.Name]; assessed {
			ends[end.Name] = end
		}
	}
	return ends
}
