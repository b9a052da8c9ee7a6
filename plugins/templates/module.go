package templates

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// araldo is the module of the SDK; goVersion what the new module says where no checkout does.
const (
	araldo    = "github.com/araldo-relay/araldo"
	goVersion = "1.26"
)

// module adds go.mod and, with a checkout, go.sum: the checkout's own modules are those that its packages need, so that
// nothing has to be looked for.
func (n New) module(all map[string][]byte) error {
	made := new(modfile.File)
	add := func(err error) {
		if err != nil {
			panic(fmt.Sprintf("go.mod of %s: %v", n.Name, err)) // what we add ourselves is well formed
		}
	}
	add(made.AddModuleStmt("example.com/araldo-plugin-" + n.Name))
	if n.SDK == "" {
		add(made.AddGoStmt(goVersion))
		all["go.mod"] = modfile.Format(made.Syntax)
		return nil
	}
	path := filepath.Join(n.SDK, "go.mod")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	checkout, err := modfile.Parse(path, text, nil)
	if err != nil {
		return err
	}
	if checkout.Module == nil || checkout.Go == nil || checkout.Module.Mod.Path != araldo {
		return fmt.Errorf("%s is not that of a checkout of %s", path, araldo)
	}
	if all["go.sum"], err = os.ReadFile(filepath.Join(n.SDK, "go.sum")); err != nil {
		return err
	}
	add(made.AddGoStmt(checkout.Go.Version))
	add(made.AddRequire(araldo, module.ZeroPseudoVersion("v0")))
	add(made.AddReplace(araldo, "", n.SDK, ""))
	for _, r := range checkout.Require {
		made.AddNewRequire(r.Mod.Path, r.Mod.Version, true)
	}
	made.SortBlocks()
	made.Cleanup()
	all["go.mod"] = modfile.Format(made.Syntax)
	return nil
}
