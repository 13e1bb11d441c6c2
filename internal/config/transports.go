package config

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"envelog/decoder"
	"envelog/internal/retry"
	"envelog/internal/secret"
	"envelog/internal/suggest"
	"envelog/internal/symfony"
	"envelog/internal/transport/doctrine"
	"envelog/internal/usage"
)

// Transport is a transport as settings and application configure it.
type Transport struct {
	Name        string
	FreeName    bool // nothing names it but who asks for it
	DSN         string
	Options     map[string]any // of messenger.yaml; those of the DSN win
	Classes     []string       // of the messages that belong on it: names and patterns; nothing for all
	RateLimiter string
	Signed      bool           // all messages are, and one that is not is refused
	Notes       []string       // what else the application configures and is not done here
	Zone        *time.Location // of the times in a Doctrine table; nil for UTC
	// What becomes of messages that fail. Symfony's defaults where nobody says anything.
	Retry            retry.Strategy
	FailureTransport string // "" for none
	// Where the settings come from that are no defaults, with the keys of [symfony.Transport.Origins].
	Origins map[string]string

	belongs func(class string) decoder.Belonging
}

// Messages says which messages belong on a transport.
type Messages struct {
	Classes []string                             // names and patterns; nothing for all
	Belongs func(class string) decoder.Belonging // is asked about the others; nil: they do not
	Signed  bool                                 // all are; what is not is refused
}

// Messages returns which messages belong on the transport.
func (t *Transport) Messages() Messages { return Messages{t.Classes, t.belongs, t.Signed} }

// Catalogue is all transports that are configured.
type Catalogue struct {
	application *symfony.Application // nil for none
	getenv      func(name string) string
	log         *slog.Logger
	names       []string          // the application's transports
	unknown     error             // why those are not known
	flags       []namedDSN        // of --dsn; they win
	origin      string            // of these
	answered    []symfony.Setting // what flags say, instead of the application
	zone        *time.Location    // of the times in Doctrine tables; nil for UTC
}

// Catalogue reads what is configured. One DSN without a name has the name that the first of the names asks for, or that
// of the application's only transport.
func (r *Reader) Catalogue(asked []string) (*Catalogue, error) {
	c := &Catalogue{application: r.Application, getenv: r.getenv, log: r.log, origin: r.Values.Of("dsn").Origin, answered: r.answered()}
	if c.application != nil {
		c.names, c.unknown = c.application.TransportNames()
	}
	if len(asked) == 0 && len(c.names) == 1 {
		asked = c.names
	}
	var err error
	if c.zone, err = meaning[*time.Location](r, doctrineZone); err != nil {
		return nil, err
	}
	dsns, err := r.dsns()
	if err != nil {
		return nil, err
	}
	if c.flags, err = namedDSNs(dsns, asked); err != nil {
		return nil, r.blame("dsn", err)
	}
	if len(c.flags) > 0 || c.application != nil {
		return c, nil
	}
	c.origin = standardVariable
	c.flags, err = namedDSNs(r.standardDSN(), asked)
	if err == nil && len(c.flags) == 0 {
		err = usage.Errorf("No transport is configured: pass --dsn name=redis://host:6379/stream, or set MESSENGER_TRANSPORT_DSN.")
	}
	return c, err
}

// dsns returns the transports that flags define, and those of the file beside them: a line each, except for empty lines and
// those that begin with "#".
func (r *Reader) dsns() ([]string, error) {
	all := slices.Clone(r.values("dsn"))
	path := r.Text(dsnFile)
	if path == "" {
		return all, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, r.blame(dsnFile, fmt.Errorf("read transports: %w", err))
	}
	before := len(all)
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	if len(all) == before {
		return nil, r.blame(dsnFile, usage.Errorf(`The file "%s" has no transport: write name=redis://host:6379/stream on a line.`, path))
	}
	return all, nil
}

// Transports returns the transports to consume: those that the arguments, --all and --exclude-receivers select.
func (r *Reader) Transports(arguments []string) (c *Catalogue, chosen []Transport) {
	c, err := r.Catalogue(arguments)
	if err != nil {
		r.Note(err)
		return nil, nil
	}
	names, err := c.Choose(Selection{arguments, r.isOn("all"), r.values("exclude-receivers")})
	r.Note(err)
	for _, name := range names {
		t, err := c.Transport(name)
		r.Note(err)
		r.addFailures(&t)
		chosen = append(chosen, t)
	}
	return c, chosen
}

// standardVariable is Symfony's own. It counts where no application says what its transports are.
const standardVariable = "MESSENGER_TRANSPORT_DSN"

func (r *Reader) standardDSN() []string {
	if dsn := r.getenv(standardVariable); dsn != "" {
		return []string{dsn}
	}
	return nil
}

// answered returns the settings of transports that the command line, the environment or envelog.yaml answers.
func (r *Reader) answered() (answered []symfony.Setting) {
	for _, a := range []struct {
		setting symfony.Setting
		flags   []string
	}{
		{symfony.SettingSerializer, []string{"ignore-serializer"}},
		{symfony.SettingFailure, []string{"failure-transport"}},
		{symfony.SettingRetry, []string{"max-retries", "retry-delay", "retry-multiplier", "retry-max-delay", "retry-jitter"}},
	} {
		if slices.ContainsFunc(a.flags, func(name string) bool { v := r.Values.Of(name); return v.IsSet() && v.Text() != "false" }) {
			answered = append(answered, a.setting)
		}
	}
	return answered
}

// Names returns the names of all transports that can be consumed: the application's, then those of flags alone. There is
// nothing to consume from sync:// (MessengerPass::registerReceivers, since symfony/symfony#59198).
func (c *Catalogue) Names() (names []string) {
	for _, name := range c.names {
		if t, err := c.Transport(name); err != nil || !strings.HasPrefix(t.DSN, "sync:") {
			names = append(names, name)
		}
	}
	for _, f := range c.flags {
		if !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	return names
}

// Unknown returns why the application's transports are not known, with what to do about it; nil when they are.
func (c *Catalogue) Unknown() error {
	if c.unknown == nil {
		return nil
	}
	return c.whyUnknown(nil)
}

// Misspelt returns sentences about transports of --dsn that none of these transports is or fails to, beside one of the
// application whose name is nearly the same: that one keeps the application's DSN.
func (c *Catalogue) Misspelt(chosen []Transport) (sentences []string) {
	used := NamesOf(chosen)
	for _, t := range chosen {
		used = append(used, t.FailureTransport)
	}
	for _, f := range c.flags {
		if f.free || slices.Contains(used, f.name) || slices.Contains(c.names, f.name) {
			continue
		}
		if near := suggest.Nearest(f.name, c.names); near != "" {
			sentences = append(sentences, fmt.Sprintf(`The DSN of the transport "%s" (%s) is not used: the application has no transport of that name. Is "%s" meant? That one is read from the application's DSN.`,
				secret.Text(f.name), c.origin, near))
		}
	}
	return sentences
}

// Choose returns the names of the selected transports in order of priority: that of the arguments, or that which the
// application gives them.
func (c *Catalogue) Choose(s Selection) ([]string, error) {
	chosen, err := s.choose(c.Names())
	if s.All {
		slices.SortStableFunc(chosen, func(a, b string) int { return cmp.Compare(c.priority(b), c.priority(a)) })
	}
	if c.unknown != nil && (err != nil || s.All || len(s.Arguments) == 0) {
		return nil, c.whyUnknown(s.Arguments)
	}
	return chosen, c.withFiles(err)
}

// withFiles adds to the error about a receiver that the application does not define which files say so. The name is never
// guessed: its messages may be anything but log records.
func (c *Catalogue) withFiles(err error) error {
	missing, is := errors.AsType[*noReceiverError](err)
	if !is || c.application == nil {
		return err
	}
	files := "no file of configuration"
	if len(c.application.Files) > 0 {
		files = strings.Join(c.application.Files, ", ")
	}
	unread := ""
	for _, err := range c.Warnings() {
		unread += fmt.Sprintf(" Not read: %v.", err)
	}
	return usage.Errorf("%s Read in %s, for the environment %s: %s.%s A transport that is defined elsewhere is given with --dsn %s=DSN.",
		missing.text, c.application.Dir, c.application.Env, files, unread, missing.name)
}

// priority returns the transport's, 0 when it has none.
func (c *Catalogue) priority(name string) int {
	if !slices.Contains(c.names, name) {
		return 0
	}
	t, _ := c.application.Transport(name, symfony.SettingDSN) // an error comes when its settings are needed
	return t.Priority
}

// whyUnknown says why the transports that are asked for are not known, with what to do about it.
func (c *Catalogue) whyUnknown(asked []string) error {
	var errs []error
	for _, name := range asked {
		if secret.Text(name) != name {
			return NoSuchReceiver(name, nil)
		}
		_, err := c.application.Transport(name)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return fmt.Errorf("%w; name the transports, and give --dsn name=redis://... for each", c.unknown)
}

// Transport puts together what is said of one transport. The DSN of a flag stands for the application's options, too.
func (c *Catalogue) Transport(name string) (Transport, error) {
	t := Transport{Name: name, Zone: c.zone, Retry: retry.Default(), Origins: map[string]string{}}
	answered := c.answered
	i := slices.IndexFunc(c.flags, func(f namedDSN) bool { return f.name == name })
	if i >= 0 {
		answered = append(slices.Clone(answered), symfony.SettingDSN)
	}
	if i < 0 && !slices.Contains(c.names, name) {
		return t, c.withFiles(NoSuchReceiver(name, c.Names()))
	}
	if slices.Contains(c.names, name) {
		read, err := c.application.Transport(name, answered...)
		if err != nil {
			return t, err
		}
		t.take(read)
		if t.Classes = c.classes(read.Classes); t.Classes != nil {
			t.Origins["class"] = c.routed(t.Classes[0])
			t.belongs = c.belongs(name)
		}
		if err := c.checkSerializer(read); err != nil {
			return t, err
		}
	}
	if i >= 0 {
		t.DSN, t.Options, t.Origins["dsn"] = c.flags[i].dsn, nil, c.origin
		t.FreeName = c.flags[i].free && !slices.Contains(c.names, name)
	}
	return t, nil
}

func (t *Transport) take(read symfony.Transport) {
	t.DSN, t.Options = read.DSN, read.Options
	t.Retry, t.FailureTransport, t.RateLimiter = read.Retry, read.FailureTransport, read.RateLimiter
	t.Signed, t.Notes = read.Sign, read.Notes
	for key, from := range read.Origins {
		t.Origins[key] = from.String()
	}
}

// checkSerializer refuses a service whose format only PHP knows. Symfony's own two are told apart message by message.
func (c *Catalogue) checkSerializer(t symfony.Transport) error {
	own := []string{
		"messenger.transport.native_php_serializer", "messenger.transport.symfony_serializer", "messenger.default_serializer",
		`Symfony\Component\Messenger\Transport\Serialization\PhpSerializer`, `Symfony\Component\Messenger\Transport\Serialization\Serializer`,
	}
	if slices.Contains(own, t.Serializer) || slices.Contains(c.answered, symfony.SettingSerializer) {
		return nil
	}
	return fmt.Errorf("read transport %s: %w", t.Name, &symfony.Error{
		Position: t.Origins["serializer"].Position,
		Err:      fmt.Errorf("the format of the serializer %s: %w", t.Serializer, symfony.ErrNeedsPHP),
		Cure:     "give --ignore-serializer when it writes what one of Symfony's own writes",
	})
}

// packagedMessage is the class of the Composer package in php-handler; it is final.
const packagedMessage = `Envelog\LogMessage`

// classes returns the routes to a transport if they tell a message's class, with the names that the other serializer has
// for them. A route may also be an interface or a base class, which stands for others; belongs tells of those. Nothing, which
// stands for all classes, where the source of a route is not found.
func (c *Catalogue) classes(routes []string) (classes []string) {
	for _, route := range routes {
		if !strings.HasSuffix(route, "*") && route != packagedMessage && !c.application.HasSource(route) {
			return nil
		}
		classes = append(classes, route)
		classes = append(classes, c.application.ClassRouting(route).Types...)
	}
	return classes
}

// maxRemembered bounds how many classes are remembered; their names come out of messages.
const maxRemembered = 1000

// belongs returns what says of classes that no route to the transport names whether they belong there nevertheless: by
// #[AsMessage], or by a route of what they extend and implement.
func (c *Catalogue) belongs(transport string) func(class string) decoder.Belonging {
	known := map[string]decoder.Belonging{}
	return func(class string) decoder.Belonging {
		if b, is := known[class]; is {
			return b
		}
		if len(known) >= maxRemembered {
			clear(known)
		}
		known[class] = map[symfony.Belonging]decoder.Belonging{
			symfony.Elsewhere: decoder.Foreign, symfony.Here: decoder.Own, symfony.Unsure: decoder.Unsure,
		}[c.application.Belongs(class, transport)]
		return known[class]
	}
}

// routed says where the application routes the class.
func (c *Catalogue) routed(class string) string {
	routes, _ := c.application.Routing() // an error would be one of the transport
	for _, r := range routes {
		if r.Class == class {
			return r.Origin.String()
		}
	}
	return ""
}

// Database returns the Doctrine connection that the DSN of a transport names. Without an application it is not known.
func (c *Catalogue) Database(dsn string) (symfony.Connection, error) {
	name := doctrine.ConnectionName(dsn)
	if name == "" || c.application == nil {
		return symfony.Connection{}, nil
	}
	return c.application.Connection(name)
}

// FailureTransports returns the global failure transport, "" for none, and all that messages may go to. Where flags
// alone configure transports and none is said to be one, the list is empty, and any of them may be meant.
func (r *Reader) FailureTransports(c *Catalogue) (global string, available []string, err error) {
	global = r.Text("failure-transport")
	if global == "" && c.application != nil {
		var from symfony.Origin
		if global, from, err = c.application.FailureTransport(); err != nil {
			return "", nil, err
		}
		if global != "" && len(from.Variables) > 0 && !slices.Contains(c.Names(), global) {
			return "", nil, fmt.Errorf("%v: the value of the variable is the name of no transport, which failure_transport has to be", from)
		}
	}
	if global != "" {
		available = append(available, global)
	}
	for _, name := range c.names {
		t, err := c.Transport(name)
		if err == nil && t.FailureTransport != "" && !slices.Contains(available, t.FailureTransport) {
			available = append(available, t.FailureTransport)
		}
	}
	return global, available, nil
}

// FailureTransportOf returns where the messages of a transport go that fail for good, "" for nowhere.
func (r *Reader) FailureTransportOf(t Transport) string {
	return cmp.Or(r.Text("failure-transport"), t.FailureTransport)
}

// MessagesOf returns which messages belong on a transport of the application: all, for one that it does not have.
func (c *Catalogue) MessagesOf(name string) Messages {
	if !slices.Contains(c.names, name) {
		return Messages{}
	}
	t, _ := c.Transport(name) // what cannot be known says nothing about the message
	return t.Messages()
}

// Warnings returns what the application's kernel or files load and envelog could not follow, which may define transports
// or change them.
func (c *Catalogue) Warnings() []error {
	if c == nil || c.application == nil {
		return nil
	}
	return c.application.Warnings()
}

// Application returns the application whose transports these are; nil for none, and for no catalogue.
func (c *Catalogue) Application() *symfony.Application {
	if c == nil {
		return nil
	}
	return c.application
}
