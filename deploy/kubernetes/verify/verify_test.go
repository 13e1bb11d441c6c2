// Package verify renders the chart and the Kustomize base as their own tools do, and reads what comes of it as the types
// of Kubernetes, strictly. It is a module of its own: envelog needs none of these tools.
package verify

import (
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// render returns the documents that the chart makes of values.
func render(t *testing.T, values string) ([]string, error) {
	t.Helper()
	chart, err := loader.Load("../helm/envelog")
	if err != nil {
		t.Fatal(err)
	}
	given, err := chartutil.ReadValues([]byte(values))
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(chart, given, chartutil.ReleaseOptions{Name: "logs", Namespace: "shop", Revision: 1}, chartutil.DefaultCapabilities)
	if err != nil {
		t.Fatal(err)
	}
	files, err := engine.Render(chart, all)
	var documents []string
	for name, text := range files {
		if strings.HasSuffix(name, ".yaml") {
			documents = append(documents, strings.Split(text, "\n---\n")...)
		}
	}
	return documents, err
}

// check reads documents strictly, and returns their kinds, sorted. Resources of operators are read as far as their kind.
func check(t *testing.T, documents []string) (kinds []string, pods []core.PodSpec) {
	t.Helper()
	for _, text := range documents {
		if strings.TrimSpace(text) == "" {
			continue
		}
		var head struct{ Kind string }
		if err := yaml.Unmarshal([]byte(text), &head); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		kinds = append(kinds, head.Kind)
		typed := map[string]any{
			"StatefulSet": &apps.StatefulSet{}, "Deployment": &apps.Deployment{}, "ConfigMap": &core.ConfigMap{}, "Service": &core.Service{},
			"PodDisruptionBudget": &policy.PodDisruptionBudget{}, "NetworkPolicy": &networking.NetworkPolicy{},
		}[head.Kind]
		if typed == nil {
			continue
		}
		if err := yaml.UnmarshalStrict([]byte(text), typed); err != nil {
			t.Errorf("%s: %v in\n%s", head.Kind, err, text)
		}
		if err := validate([]byte(text)); err != nil {
			t.Errorf("an API server would refuse %v in\n%s", err, text)
		}
		switch typed := typed.(type) {
		case *apps.StatefulSet:
			pods = append(pods, typed.Spec.Template.Spec)
		case *apps.Deployment:
			pods = append(pods, typed.Spec.Template.Spec)
		}
	}
	slices.Sort(kinds)
	return kinds, pods
}

// expectPod checks what each form of a pod must have.
func expectPod(t *testing.T, pods []core.PodSpec) {
	t.Helper()
	if len(pods) != 1 {
		t.Fatalf("%d pods", len(pods))
	}
	c := pods[0].Containers[0]
	if c.LivenessProbe.HTTPGet.Path != "/livez" || c.ReadinessProbe.HTTPGet.Path != "/readyz" || !*c.SecurityContext.ReadOnlyRootFilesystem {
		t.Errorf("probes or security of %+v", c)
	}
	mounted := map[string]bool{}
	for _, v := range pods[0].Volumes {
		mounted[v.Name] = true
	}
	for _, m := range c.VolumeMounts {
		if !mounted[m.Name] && m.Name != "logs" {
			t.Errorf("%s is mounted, and no volume", m.Name)
		}
	}
}

func TestChart(t *testing.T) {
	const everything = `
networkPolicy: { enabled: true, scrapeFrom: [{ namespaceSelector: { matchLabels: { name: monitoring } } }] }
serviceMonitor: { enabled: true }
listen: { tokenSecret: { name: envelog-token } }
keda: { enabled: true, passwordSecret: { name: redis } }
settings: { keep-days: 7 }
`
	for _, test := range []struct{ name, values, kinds string }{
		{"as it comes", "", "ConfigMap PodDisruptionBudget Service StatefulSet"},
		{"everything", everything, "ConfigMap NetworkPolicy PodDisruptionBudget ScaledObject Service ServiceMonitor StatefulSet TriggerAuthentication"},
		{"a shared volume", "kind: Deployment\nvolume: { claim: logs }", "ConfigMap Deployment PodDisruptionBudget Service"},
		{"standard output", "kind: Deployment\noutput: stdout", "ConfigMap Deployment PodDisruptionBudget Service"},
	} {
		t.Run(test.name, func(t *testing.T) {
			documents, err := render(t, test.values)
			if err != nil {
				t.Fatal(err)
			}
			kinds, pods := check(t, documents)
			if got := strings.Join(kinds, " "); got != test.kinds {
				t.Errorf("it has %s, want %s", got, test.kinds)
			}
			expectPod(t, pods)
		})
	}
	if _, err := render(t, "kind: Deployment"); err == nil || !strings.Contains(err.Error(), "volume.claim") {
		t.Errorf("a Deployment that loses its files: %v", err)
	}
	if _, err := render(t, "kind: DaemonSet"); err == nil {
		t.Error("a DaemonSet is no error")
	}
}

func TestKustomizeBase(t *testing.T) {
	all, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "../base")
	if err != nil {
		t.Fatal(err)
	}
	var documents []string
	for _, r := range all.Resources() {
		documents = append(documents, r.MustYaml())
	}
	kinds, pods := check(t, documents)
	if got := strings.Join(kinds, " "); got != "ConfigMap PodDisruptionBudget Service StatefulSet" {
		t.Errorf("it has %s", got)
	}
	expectPod(t, pods)
}
