package verify

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	serverapps "k8s.io/kubernetes/pkg/apis/apps"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	servercore "k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	servernetworking "k8s.io/kubernetes/pkg/apis/networking"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	serverpolicy "k8s.io/kubernetes/pkg/apis/policy"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	policyvalidation "k8s.io/kubernetes/pkg/apis/policy/validation"
)

// validate does what an API server does with a resource before it stores it, by the server's own code: it fills in defaults
// and looks at every field.
func validate(document []byte) error {
	resource, kind, err := legacyscheme.Codecs.UniversalDeserializer().Decode(document, nil, nil)
	if err != nil {
		return err
	}
	legacyscheme.Scheme.Default(resource)
	internal, err := legacyscheme.Scheme.UnsafeConvertToVersion(resource, runtime.InternalGroupVersioner)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	about, err := meta.Accessor(internal)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	about.SetNamespace("default") // of who applies it
	var problems field.ErrorList
	switch r := internal.(type) {
	case *serverapps.StatefulSet:
		problems = appsvalidation.ValidateStatefulSet(r, appsvalidation.StatefulSetValidationOptions{}, corevalidation.PodValidationOptions{})
	case *serverapps.Deployment:
		problems = appsvalidation.ValidateDeployment(r, corevalidation.PodValidationOptions{})
	case *servercore.Service:
		r.Spec.ClusterIPs = []string{r.Spec.ClusterIP} // as the server allocates them
		problems = corevalidation.ValidateServiceCreate(r)
	case *servercore.ConfigMap:
		problems = corevalidation.ValidateConfigMap(r)
	case *serverpolicy.PodDisruptionBudget:
		problems = policyvalidation.ValidatePodDisruptionBudget(r, policyvalidation.PodDisruptionBudgetValidationOptions{})
	case *servernetworking.NetworkPolicy:
		problems = networkingvalidation.ValidateNetworkPolicy(r, networkingvalidation.NetworkPolicyValidationOptions{})
	default:
		return fmt.Errorf("%s is not validated", kind)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s: %w", kind, problems.ToAggregate())
	}
	return nil
}

// TestWhatServersRefuse has the server's rules find what the types alone do not.
func TestWhatServersRefuse(t *testing.T) {
	for name, document := range map[string]string{
		"a name with capital letters": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: Logs }",
		"a port beyond 65535":         "apiVersion: v1\nkind: Service\nmetadata: { name: logs }\nspec: { ports: [{ port: 94000 }] }",
		"a selector of other pods":    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: logs }\nspec: { selector: { matchLabels: { a: b } }, template: { metadata: { labels: { a: c } }, spec: { containers: [{ name: a, image: a }] } } }",
	} {
		if err := validate([]byte(document)); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}
