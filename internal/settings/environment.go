package settings

import (
	"slices"
	"strconv"
	"strings"

	"envelog/internal/phpfilter"
	"envelog/internal/suggest"
)

// Environment is the layer of the variables ENVELOG_*. An empty one counts as none. A list has its values apart by
// white space.
func Environment(getenv func(name string) string) Layer {
	return func(s Setting) ([]string, string, error) {
		text := getenv(s.Variable())
		switch {
		case text == "":
			return nil, "", nil
		case s.Kind == List || s.Kind == Pairs:
			return strings.Fields(text), s.Variable(), nil
		case s.Kind == Switch:
			on, _ := phpfilter.Bool(text) // as Symfony reads its own variables
			text = strconv.FormatBool(on)
		}
		return []string{text}, s.Variable(), nil
	}
}

// UnknownVariables returns sentences about variables that are called ENVELOG_ and are none of a setting, with the names
// that are probably meant. Those that Kubernetes makes for a service called envelog are its own.
func UnknownVariables(environ []string, declared []Setting) (sentences []string) {
	var known []string
	for _, s := range declared {
		known = append(known, s.Variable())
	}
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, variablePrefix) || slices.Contains(known, name) || isOfService(name) {
			continue
		}
		sentence := "The variable " + name + " is no setting, and is ignored."
		if near := suggest.Nearest(name[len(variablePrefix):], namesOf(known)); near != "" {
			sentence += " Is " + variablePrefix + near + " meant?"
		}
		sentences = append(sentences, sentence)
	}
	slices.Sort(sentences)
	return sentences
}

// namesOf returns variables without what all of them begin with.
func namesOf(variables []string) (names []string) {
	for _, v := range variables {
		names = append(names, strings.TrimPrefix(v, variablePrefix))
	}
	return names
}

// isOfService tells whether a variable is one that Kubernetes makes of a service: ENVELOG_PORT, ENVELOG_SERVICE_HOST,
// ENVELOG_METRICS_PORT_9400_TCP_ADDR.
func isOfService(name string) bool {
	return strings.HasSuffix(name, "_PORT") || strings.Contains(name, "_PORT_") || strings.Contains(name, "_SERVICE_HOST") || strings.Contains(name, "_SERVICE_PORT")
}
