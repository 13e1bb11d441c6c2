package symfony

import "strconv"

// LineFormatter holds the options of a Monolog\Formatter\LineFormatter, or those of them that a JsonFormatter has; zero ones
// are Monolog's defaults.
type LineFormatter struct {
	Format, DateFormat         string
	AllowInlineLineBreaks      bool
	IgnoreEmptyContextAndExtra bool
	IncludeStacktraces         bool
	IndentStacktraces          string
	MaxLevelNameLength         int
}

// A formatterKind is one of Monolog's formatters, with the arguments of its constructor in their order.
type formatterKind struct {
	id        string // of MonologBundle's service
	class     string
	arguments []string
}

func lineKind() formatterKind {
	return formatterKind{"monolog.formatter.line", `Monolog\Formatter\LineFormatter`,
		[]string{"format", "dateFormat", "allowInlineLineBreaks", "ignoreEmptyContextAndExtra", "includeStacktraces"}}
}

func jsonKind() formatterKind {
	return formatterKind{"monolog.formatter.json", `Monolog\Formatter\JsonFormatter`,
		[]string{"batchMode", "appendNewline", "ignoreEmptyContextAndExtra", "includeStacktraces"}}
}

// JSONFormatter is LineFormatter for handlers that print JSON.
func (a *Application) JSONFormatter() (f LineFormatter, from Origin, ok bool) {
	return a.commonFormatter(jsonKind())
}

// LineFormatter returns the options that the handlers of monolog.yaml which write files have in common, and where they stand.
// ok is false when there is no such handler, when they differ, when one of them prints in another way, or when only PHP
// knows: nothing is guessed.
func (a *Application) LineFormatter() (f LineFormatter, from Origin, ok bool) {
	return a.commonFormatter(lineKind())
}

func (a *Application) commonFormatter(kind formatterKind) (f LineFormatter, from Origin, ok bool) {
	for _, handler := range a.fileHandlers() {
		one, at, known := a.formatterOf(handler, kind)
		if !known || ok && one != f {
			return LineFormatter{}, Origin{}, false
		}
		f, from, ok = one, at, true
	}
	return f, from, ok
}

// fileHandlers returns the handlers of monolog.yaml that write files, with what all files say of each.
func (a *Application) fileHandlers() (handlers []*value) {
	all := &value{kind: dict}
	for _, configuration := range a.loader.extensions["monolog"] {
		section, err := a.resolver.follow(configuration)
		if err != nil {
			return nil
		}
		section, err = a.resolver.follow(orNull(section.item("handlers")))
		if err != nil || section.kind != dict {
			continue
		}
		for i, name := range section.keys {
			handler, err := a.resolver.follow(section.items[i])
			if err != nil || handler.kind != dict {
				return nil
			}
			merged := &value{kind: dict, at: handler.at}
			if before := all.item(name); before != nil {
				merged.merge(before)
			}
			merged.merge(handler.underscored())
			all.set(name, merged)
		}
	}
	for _, handler := range all.items {
		switch a.textOf(handler.item("type")) {
		case "stream", "rotating_file":
			handlers = append(handlers, handler)
		}
	}
	return handlers
}

// textOf returns a value as text, "" for none and for what is not known.
func (a *Application) textOf(v *value) string {
	if v == nil {
		return ""
	}
	v, err := a.resolver.resolve(v)
	if err != nil || v.isNull() || v.kind != scalar {
		return ""
	}
	return phpString(v.data)
}

// formatterOf returns the options of the formatter of a handler.
func (a *Application) formatterOf(handler *value, kind formatterKind) (f LineFormatter, from Origin, ok bool) {
	from = Origin{Position: handler.at}
	id := a.textOf(handler.item("formatter"))
	if id == "" && handler.item("formatter") != nil && !handler.item("formatter").isNull() {
		return f, from, false
	}
	if id == "" {
		id = lineKind().id // of a handler that names none
	}
	if service := a.service(id); service != kind.id {
		definition := a.loader.services[id]
		if service != kind.class {
			return f, from, false
		}
		if definition != nil && definition.kind == dict {
			from = Origin{Position: definition.at}
			if !a.readDefinition(definition, kind, &f) {
				return f, from, false
			}
		}
	}
	if a.textOf(handler.item("include_stacktraces")) == "1" {
		f.IncludeStacktraces = true
	}
	return f, from, true
}

// readDefinition reads the definition of a service: the arguments of its constructor, and its calls. It reports whether it
// could read all of it.
func (a *Application) readDefinition(definition *value, kind formatterKind, f *LineFormatter) bool {
	arguments, err := a.resolver.resolve(orNull(definition.item("arguments")))
	if err != nil {
		return false
	}
	for i, item := range arguments.items {
		name := strconv.Itoa(i)
		if arguments.kind == dict {
			name = arguments.keys[i]
		}
		if place, err := strconv.Atoi(name); err == nil && place >= 0 && place < len(kind.arguments) {
			name = "$" + kind.arguments[place]
		}
		if !f.argument(name, item) {
			return false
		}
	}
	calls, err := a.resolver.resolve(orNull(definition.item("calls")))
	if err != nil || definition.item("factory") != nil || definition.item("configurator") != nil {
		return false
	}
	for _, call := range calls.items {
		if !f.call(call) {
			return false
		}
	}
	return true
}

// argument reads one argument of a constructor by its name.
func (f *LineFormatter) argument(name string, v *value) bool {
	if v.isNull() {
		return true
	}
	if v.kind != scalar {
		return false
	}
	isOn := v.data == true
	switch name {
	case "$format":
		f.Format = phpString(v.data)
	case "$dateFormat":
		f.DateFormat = phpString(v.data)
	case "$allowInlineLineBreaks":
		f.AllowInlineLineBreaks = isOn
	case "$ignoreEmptyContextAndExtra":
		f.IgnoreEmptyContextAndExtra = isOn
	case "$includeStacktraces":
		f.IncludeStacktraces = isOn
	case "$batchMode": // of records together
	case "$appendNewline":
		return isOn
	default:
		return false
	}
	return true
}

// call reads one of the calls of a definition: [method, [arguments]] or {method: [arguments]}.
func (f *LineFormatter) call(v *value) bool {
	var method string
	var arguments *value
	switch {
	case v.kind == list && len(v.items) > 0 && v.items[0].kind == scalar:
		method = phpString(v.items[0].data)
		if len(v.items) > 1 {
			arguments = v.items[1]
		}
	case v.kind == dict && v.item("method") != nil:
		method, arguments = phpString(v.item("method").data), v.item("arguments")
	case v.kind == dict && len(v.keys) == 1:
		method, arguments = v.keys[0], v.items[0]
	default:
		return false
	}
	var first *value
	if arguments != nil && len(arguments.items) > 0 {
		first = arguments.items[0]
	}
	return f.set(method, first)
}

// set reads the call of a method with its first argument, nil for none.
func (f *LineFormatter) set(method string, v *value) bool {
	isOn := v == nil || v.data == true
	switch method {
	case "includeStacktraces":
		f.IncludeStacktraces = isOn
	case "allowInlineLineBreaks":
		f.AllowInlineLineBreaks = isOn
	case "ignoreEmptyContextAndExtra":
		f.IgnoreEmptyContextAndExtra = isOn
	case "indentStacktraces":
		if v == nil || v.kind != scalar {
			return false
		}
		f.IndentStacktraces = phpString(v.data)
	case "setMaxLevelNameLength":
		if v.isNull() {
			f.MaxLevelNameLength = 0
			return true
		}
		n, ok := v.data.(int64)
		f.MaxLevelNameLength = int(n)
		return ok && n > 0
	default:
		return false
	}
	return true
}
