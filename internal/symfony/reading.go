package symfony

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"envelog/internal/secret"
)

// reading is one transport while its definitions are put together.
type reading struct {
	app      *Application
	answered []Setting
	to       Transport
	errs     []error
	nameless []definition // transports whose names only PHP knows

	defined     Position          // of the last definition
	fields      map[string]*value // by key; later files win
	optionNames []string
	options     map[string]*value
	retry       map[string]*value
}

func (r *reading) read() error {
	r.unread()
	names := r.definitions()
	if !slices.Contains(names, r.to.Name) {
		r.unreadAdditions()
		for _, d := range r.nameless {
			r.fail(SettingDSN, needsPHP(d.value.at, "only PHP knows the name of a transport here, which may be this one"))
		}
		if len(r.errs) == 0 {
			r.errs = []error{withCure(unknown(Position{}, "it is not configured%s", suggest(r.to.Name, names)), r.dsnCure())}
		}
		return errors.Join(r.errs...)
	}
	r.dsn()
	r.readOptions()
	r.serializer()
	r.retryStrategy()
	r.failureTransport(names)
	r.rateLimiter()
	r.notes()
	r.priority()
	r.classes()
	return errors.Join(r.errs...)
}

// fail keeps an error about a setting, unless the setting is answered.
func (r *reading) fail(s Setting, err error) {
	if err == nil || slices.Contains(r.answered, s) {
		return
	}
	switch s {
	case SettingDSN:
		err = withCure(err, r.dsnCure())
	case SettingRetry:
		err = withCure(err, r.app.advise("max-retries", "retry-delay", "retry-multiplier", "retry-max-delay", "retry-jitter"))
	case SettingFailure:
		err = withCure(err, r.app.advise("failure-transport"))
	case SettingSerializer:
		err = withCure(err, r.app.advise("ignore-serializer"))
	}
	r.errs = append(r.errs, err)
}

func (r *reading) dsnCure() string { return r.app.advise("dsn") + " " + r.to.Name + "=redis://..." }

// unread fails for each file that could not be read and may say something about the transport.
func (r *reading) unread() {
	named := regexp.MustCompile(`['"]` + regexp.QuoteMeta(r.to.Name) + `['"]`)
	for _, u := range r.app.loader.unread {
		if u.configuresMessenger() || !u.adds && !strings.HasSuffix(u.File, ".php") && named.Match(u.content) {
			r.fail(SettingDSN, u.asError("Messenger"))
		}
	}
}

// unreadAdditions fails for each import of a bundle and the like, since one of them may configure the transport.
func (r *reading) unreadAdditions() {
	for _, u := range r.app.loader.unread {
		if u.adds {
			r.fail(SettingDSN, u.asError("Messenger"))
		}
	}
}

// definitions merges what the files say, and returns the names of all transports, sorted.
func (r *reading) definitions() []string {
	all, err := r.app.definitions()
	r.fail(SettingDSN, err)
	var names []string
	for _, d := range all {
		if d.isNameless() {
			r.nameless = append(r.nameless, d)
			continue
		}
		names = append(names, d.name)
		if d.name == r.to.Name {
			r.add(d.value)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// add puts one definition over those before it: a DSN, or a map.
func (r *reading) add(raw *value) {
	r.defined = raw.at
	v, err := r.app.resolver.follow(raw)
	if err != nil {
		r.fail(SettingDSN, err)
		return
	}
	switch _, isText := v.data.(string); {
	case isText:
		r.fields["dsn"] = raw
	case v.isNull() && v.kind == scalar:
	case v.kind != dict:
		r.fail(SettingDSN, invalid(raw.at, "a transport is a DSN or a map, not %s", v.typeName()))
	default:
		r.addMap(v.underscored())
	}
}

func (r *reading) addMap(v *value) {
	if err := v.unknownKey(); err != nil {
		r.fail(SettingDSN, err)
		return
	}
	for i, key := range v.keys {
		item := v.items[i]
		switch key {
		case "options":
			r.addOptions(item)
		case "retry_strategy":
			r.addRetry(item)
		case "name":
		default:
			r.fail(SettingDSN, r.app.checkKey(key, "a transport", transportKeys(), item.at))
			r.fields[key] = item
		}
	}
}

// addOptions merges by name; a nested map takes the place of the one before it, as in Symfony.
func (r *reading) addOptions(raw *value) {
	v, err := r.app.resolver.follow(raw)
	switch {
	case err != nil:
		r.fail(SettingDSN, err)
		return
	case v.isNull(), v.kind == list && len(v.items) == 0:
		return
	case v.kind != dict:
		r.fail(SettingDSN, invalid(raw.at, "options has to be a map, and is %s", v.typeName()))
		return
	}
	for i, name := range v.keys {
		if _, known := r.options[name]; !known {
			r.optionNames = append(r.optionNames, name)
		}
		r.options[name] = v.items[i]
	}
}

func (r *reading) dsn() {
	broken := len(r.errs) > 0
	dsn, err := r.scalar("dsn", "dsn")
	if err != nil {
		r.fail(SettingDSN, err)
		return
	}
	if r.to.DSN = phpString(dsn.data); r.to.DSN == "" && !broken {
		err := invalid(r.position("dsn"), "the transport has no DSN")
		err.Cure = fmt.Sprintf("write %s: '%%env(MESSENGER_TRANSPORT_DSN)%%'", r.to.Name)
		r.fail(SettingDSN, err)
	}
}

func (r *reading) readOptions() {
	for _, name := range r.optionNames {
		v, err := r.app.resolver.resolve(r.options[name])
		if err != nil {
			r.fail(SettingDSN, err)
			continue
		}
		if v.isNull() { // is not set, as in 6.4 to 8.1
			continue
		}
		r.to.Options[name] = v.plain()
		r.to.Origins["options."+name] = origin(v)
	}
}

// scalar resolves the field key and keeps its origin under name; null when the field is not set.
func (r *reading) scalar(key, name string) (*value, error) {
	raw := r.fields[key]
	if raw == nil {
		return &value{}, nil
	}
	v, err := r.app.resolver.resolve(raw)
	if err != nil {
		return nil, err
	}
	if v.kind != scalar {
		return nil, invalid(raw.at, "%s has to be text, and is %s", key, v.typeName())
	}
	if !v.isNull() {
		r.to.Origins[name] = origin(v)
	}
	return v, nil
}

// position returns where the field is, or where any other field is.
func (r *reading) position(key string) Position {
	if v := r.fields[key]; v != nil {
		return v.at
	}
	at := r.defined
	for _, fields := range []map[string]*value{r.fields, r.options, r.retry} {
		for _, v := range fields {
			if at.File == "" || v.at.File < at.File || v.at.File == at.File && v.at.Line < at.Line {
				at = v.at
			}
		}
	}
	return at
}

func (r *reading) serializer() {
	v, err := r.scalar("serializer", "serializer")
	if err == nil && v.isNull() {
		var from Origin
		r.to.Serializer, from, err = r.app.DefaultSerializer()
		if from.File != "" {
			r.to.Origins["serializer"] = from
		}
	} else if err == nil {
		r.to.Serializer = phpString(v.data)
	}
	r.to.Serializer = r.app.service(r.to.Serializer)
	r.fail(SettingSerializer, err)
}

// service returns what an id stands for, as far as the services of YAML files say: the service that it is an alias of, or
// its class.
func (a *Application) service(id string) string {
	for range maxNesting {
		v := a.loader.services[id]
		if v == nil {
			break
		}
		target, isText := orNull(v.item("alias")).data.(string)
		if text, is := v.data.(string); is && strings.HasPrefix(text, "@") {
			target, isText = text[1:], true
		}
		if class, is := orNull(v.item("class")).data.(string); is && !isText {
			return class
		}
		if !isText || target == id {
			break
		}
		id = target
	}
	return id
}

func (r *reading) failureTransport(names []string) {
	v, err := r.scalar("failure_transport", "failure_transport")
	if err == nil && phpString(v.data) == "" {
		var from Origin
		r.to.FailureTransport, from, err = r.app.FailureTransport()
		if from.File != "" {
			r.to.Origins["failure_transport"] = from
		}
	} else if err == nil {
		r.to.FailureTransport = phpString(v.data)
	}
	if name := r.to.FailureTransport; err == nil && name != "" && !slices.Contains(names, name) {
		from := r.to.Origins["failure_transport"]
		shown := secret.Text(name)
		if len(from.Variables) > 0 {
			shown = secret.Stars // the variable may be the wrong one
		}
		err = invalid(from.Position, "the failure transport %q is not configured%s", shown, suggest(name, names))
	}
	r.fail(SettingFailure, err)
}

// rateLimiter keeps the name for a warning; it is not worth an error.
func (r *reading) rateLimiter() {
	if v, err := r.scalar("rate_limiter", "rate_limiter"); err == nil {
		r.to.RateLimiter = phpString(v.data)
	}
}

// notes keeps what is configured and not done here.
func (r *reading) notes() {
	sign, err := r.scalar("sign", "sign")
	r.fail("", err)
	r.to.Sign = err == nil && sign.data == true
	for _, k := range transportKeys() {
		raw := r.fields[k.name]
		if raw == nil || noteOf(k.name, transportKeys()) == "" {
			continue
		}
		if v, err := r.app.resolver.resolve(raw); err == nil && !v.isNull() && v.data != false {
			r.to.Notes = append(r.to.Notes, raw.at.String()+": "+k.name+": "+k.note)
		}
	}
}

func (r *reading) priority() {
	v, err := r.scalar("priority", "priority")
	if err != nil || v.isNull() {
		r.fail("", err)
		return
	}
	n, isWhole := v.data.(int64)
	if !isWhole {
		r.fail("", invalid(v.at, "priority has to be a whole number, and is %s", v.typeName()))
	}
	r.to.Priority = int(n)
}

// classes keeps the routes to this transport. What is wrong with the routing cannot be answered by a flag.
func (r *reading) classes() {
	routes, err := r.app.Routing()
	r.fail("", err)
	for _, route := range routes {
		if slices.Contains(route.Transports, r.to.Name) {
			r.to.Classes = append(r.to.Classes, route.Class)
		}
	}
}
