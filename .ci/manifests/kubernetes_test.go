package manifests

import (
	"path"
	"slices"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// decode reads a manifest as a cluster does that is told to be strict: no key that the type does not have, letter for
// letter, and none twice.
func decode[T any](t *testing.T, name string) *T {
	t.Helper()
	text, err := yaml.YAMLToJSONStrict(read(t, "kubernetes/"+name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	object := new(T)
	strict, err := json.UnmarshalStrict(text, object)
	if err != nil || len(strict) > 0 {
		t.Fatalf("%s: %v, %v", name, err, strict)
	}
	return object
}

func checkMeta(t *testing.T, kind meta.TypeMeta, object meta.ObjectMeta, wantKind, wantVersion string) {
	t.Helper()
	if kind.Kind != wantKind || kind.APIVersion != wantVersion {
		t.Errorf("it is %s of %s, want %s of %s", kind.Kind, kind.APIVersion, wantKind, wantVersion)
	}
	if wrong := validation.IsDNS1123Subdomain(object.Name); len(wrong) > 0 {
		t.Errorf("%s: %v", object.Name, wrong)
	}
}

// all are the manifests.
type all struct {
	config     *core.ConfigMap
	claim      *core.PersistentVolumeClaim
	service    *core.Service
	deployment *apps.Deployment
}

func manifests(t *testing.T) all {
	t.Helper()
	a := all{decode[core.ConfigMap](t, "configmap.yaml"), decode[core.PersistentVolumeClaim](t, "claim.yaml"),
		decode[core.Service](t, "service.yaml"), decode[apps.Deployment](t, "deployment.yaml")}
	checkMeta(t, a.config.TypeMeta, a.config.ObjectMeta, "ConfigMap", "v1")
	checkMeta(t, a.claim.TypeMeta, a.claim.ObjectMeta, "PersistentVolumeClaim", "v1")
	checkMeta(t, a.service.TypeMeta, a.service.ObjectMeta, "Service", "v1")
	checkMeta(t, a.deployment.TypeMeta, a.deployment.ObjectMeta, "Deployment", "apps/v1")
	return a
}

func TestTheManifestsFitEachOther(t *testing.T) {
	a := manifests(t)
	spec := a.deployment.Spec
	own := labels.Set(spec.Template.Labels)
	if selector, err := meta.LabelSelectorAsSelector(spec.Selector); err != nil || selector.Empty() || !selector.Matches(own) {
		t.Errorf("the deployment does not select its own pods: %v", err)
	}
	if !labels.SelectorFromSet(a.service.Spec.Selector).Matches(own) {
		t.Error("the service does not select the pods")
	}
	if spec.Replicas == nil || *spec.Replicas != 1 || spec.Strategy.Type != apps.RecreateDeploymentStrategyType {
		t.Error("two hubs would want one data directory")
	}
	hub := spec.Template.Spec.Containers[0]
	for _, port := range a.service.Spec.Ports {
		portNamed(t, hub, port.TargetPort.StrVal)
	}
	volumes := map[string]core.VolumeSource{}
	for _, v := range spec.Template.Spec.Volumes {
		volumes[v.Name] = v.VolumeSource
	}
	mounted := map[string]core.VolumeSource{}
	for _, m := range hub.VolumeMounts {
		if _, found := volumes[m.Name]; !found || m.SubPath != "" {
			t.Errorf("the volume %s is missing, or changes in it are not seen", m.Name)
		}
		mounted[m.MountPath] = volumes[m.Name]
	}
	if c := mounted["/data"].PersistentVolumeClaim; c == nil || c.ClaimName != a.claim.Name {
		t.Error("the data directory does not outlive the pod")
	}
	if mounted["/tmp"].EmptyDir == nil {
		t.Error("plugins have no folder for their sockets")
	}
	file := hub.Args[slices.Index(hub.Args, "-c")+1]
	if c := mounted[path.Dir(file)].ConfigMap; c == nil || c.Name != a.config.Name || a.config.Data[path.Base(file)] == "" {
		t.Errorf("the pod has no %s", file)
	}
	if !slices.Contains(hub.Args, "--watch") {
		t.Error("a change of the configuration is not seen")
	}
}

func TestTheManifestsFitTheHub(t *testing.T) {
	a := manifests(t)
	pod := a.deployment.Spec.Template.Spec
	hub := pod.Containers[0]
	c := configurationOf(t, a.config.Data["araldo.yaml"])
	c.checkGrace(t, time.Duration(*pod.TerminationGracePeriodSeconds)*time.Second)
	c.checkHosts(t, "redis")
	if got := portNamed(t, hub, "web"); int(got) != c.Global.ServerPort {
		t.Errorf("web is port %d, the hub's %d", got, c.Global.ServerPort)
	}
	if got := portNamed(t, hub, "metrics"); int(got) != c.Global.MetricsPort || c.Global.MetricsBind != "0.0.0.0" {
		t.Errorf("metrics is port %d, the hub's %d at %s", got, c.Global.MetricsPort, c.Global.MetricsBind)
	}
	for _, one := range []struct {
		probe *core.Probe
		path  string
	}{{hub.StartupProbe, "/healthz"}, {hub.LivenessProbe, "/healthz"}, {hub.ReadinessProbe, "/readyz"}} {
		if one.probe == nil || one.probe.HTTPGet.Path != one.path || one.probe.HTTPGet.Port.StrVal != "metrics" {
			t.Errorf("%+v is not %s", one.probe, one.path)
		}
	}
}

func TestThePodIsUnprivileged(t *testing.T) {
	pod := manifests(t).deployment.Spec.Template.Spec
	context, hub := pod.SecurityContext, pod.Containers[0].SecurityContext
	yes := func(b *bool) bool { return b != nil && *b }
	if !yes(context.RunAsNonRoot) || *context.RunAsUser == 0 || *context.RunAsUser != *context.FSGroup ||
		context.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
		t.Errorf("%+v", context)
	}
	if !yes(hub.ReadOnlyRootFilesystem) || hub.AllowPrivilegeEscalation == nil || *hub.AllowPrivilegeEscalation ||
		!slices.Equal(hub.Capabilities.Drop, []core.Capability{"ALL"}) || len(hub.Capabilities.Add) > 0 {
		t.Errorf("%+v", hub)
	}
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		t.Error("plugins could speak to the cluster")
	}
}

func portNamed(t *testing.T, c core.Container, name string) int32 {
	t.Helper()
	for _, p := range c.Ports {
		if p.Name == name {
			return p.ContainerPort
		}
	}
	t.Errorf("there is no port %q", name)
	return 0
}
