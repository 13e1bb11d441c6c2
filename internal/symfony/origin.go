package symfony

import "strings"

// An Origin says where a value comes from. The zero Origin stands for Symfony's default.
type Origin struct {
	Position
	// Variables are the environment variables that went into the value, each as "NAME from .env:3" or "NAME from
	// environment".
	Variables []string
}

// String returns "config/packages/messenger.yaml:4:13 (MESSENGER_TRANSPORT_DSN from .env:7)", or "default".
func (o Origin) String() string {
	var parts []string
	if o.File != "" {
		parts = append(parts, o.Position.String())
	}
	if len(o.Variables) > 0 {
		parts = append(parts, "("+strings.Join(o.Variables, ", ")+")")
	}
	if len(parts) == 0 {
		return "default"
	}
	return strings.Join(parts, " ")
}

// origin returns the Origin of a resolved value.
func origin(v *value) Origin {
	o := Origin{Position: v.at}
	known := map[string]bool{}
	for _, variable := range v.variables() {
		text := variable.Name + " from " + variable.Source()
		if !known[text] {
			known[text] = true
			o.Variables = append(o.Variables, text)
		}
	}
	return o
}
