package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/settings"
)

const configHelp = `
Each setting is taken from the first of these that says something about it:

  1. the flag                                  --log-dir=/var/log/app
  2. the environment variable of that name     ENVELOG_LOG_DIR=/var/log/app
  3. envelog.yaml, in the project or the current directory, or where --config says
                                               log-dir: /var/log/app
  4. the configuration of the Symfony application in the current directory, or --project-dir
  5. the default

It takes the flags of all commands, and shows what they would work with. Only --format is that of
this command. Receivers may be named, as for messenger:consume; without any, all are shown.
Passwords are not.

What cannot be known without PHP is shown as an error, and makes exit code 1.`

// configCommand shows the settings of all the commands.
func (s *session) configCommand(commands []*urfave.Command) *urfave.Command {
	flags := []urfave.Flag{valued(commandFlags, "format", "", "txt", "txt or json")}
	for _, declared := range settingsOf(allFlags(commands)) {
		if declared.Name != "format" {
			flags = append(flags, findSetting(commands, declared.Name))
		}
	}
	return &urfave.Command{
		Name:        "config",
		Usage:       "Show each setting, and where it comes from",
		ArgsUsage:   "[<receivers>...]",
		Description: configHelp,
		Flags:       flags,
		Action:      s.config,
	}
}

// findSetting returns the flag that declares a setting.
func findSetting(commands []*urfave.Command, name string) urfave.Flag {
	flags := slices.DeleteFunc(allFlags(commands), func(f urfave.Flag) bool { return environmentName(f) == "" })
	return findFlag(flags, name)
}

// configuration is what envelog config prints.
type configuration struct {
	Application *configuredApplication `json:"application"` // null without one
	Settings    []configuredValue      `json:"settings"`
	Transports  []configuredTransport  `json:"transports"`
}

type configuredApplication struct {
	Dir   string   `json:"dir"`
	Env   string   `json:"env"`
	Files []string `json:"files"` // relative to Dir, in the order in which they were read
}

type configuredValue struct {
	Name  string `json:"name"`
	Value any    `json:"value"` // a string, a list of strings, a bool, or null for none
	From  string `json:"from"`
}

type configuredTransport struct {
	Name     string            `json:"name"`
	Settings []configuredValue `json:"settings"`
	Error    string            `json:"error,omitempty"`
}

func (s *session) config(c *urfave.Context) error {
	form, err := oneOf("txt", "json")("format", c.String("format"))
	if err != nil {
		return err
	}
	shown, problem := s.configuration(c)
	if form == "txt" {
		s.printConfiguration(shown)
		return problem
	}
	out := json.NewEncoder(s.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "    ")
	return errors.Join(out.Encode(shown), problem)
}

// configuration returns all there is to show, and what is wrong with it.
func (s *session) configuration(c *urfave.Context) (configuration, error) {
	shown := configuration{Settings: []configuredValue{}, Transports: []configuredTransport{}}
	if a := s.application; a != nil {
		shown.Application = &configuredApplication{a.Dir, a.Env, a.Files}
	}
	for _, v := range s.settings {
		shown.Settings = append(shown.Settings, configuredValue{v.Name, plain(v), v.Origin})
	}
	r := s.reader(c)
	all, err := r.catalogue(s)
	if err != nil {
		return shown, err
	}
	names := all.all()
	if r.NArg() > 0 {
		names, err = all.choose(selection{arguments: r.Args().Slice()})
	} else {
		err = all.unknown
	}
	for _, name := range names {
		t, problem := r.show(all, name)
		shown.Transports = append(shown.Transports, t)
		if problem != nil {
			err = errors.Join(err, complain(`The settings of the transport "%s" are not known.`, name))
		}
	}
	return shown, err
}

// plain returns the value as it is shown: without passwords.
func plain(v settings.Value) any {
	texts := slices.Clone(v.Texts)
	for i, text := range texts {
		texts[i] = masked(text)
	}
	switch {
	case v.Kind == settings.Switch:
		return v.Text() == "true"
	case v.Kind != settings.Text && v.IsSet():
		return texts
	case len(texts) == 0:
		return nil
	}
	return texts[len(texts)-1]
}

// show returns what is known of a transport, and why it is not more.
func (r *flagReader) show(all *catalogue, name string) (configuredTransport, error) {
	shown := configuredTransport{Name: name, Settings: []configuredValue{}}
	t, err := all.settings(name)
	if err != nil {
		shown.Error = err.Error()
		return shown, err
	}
	add := func(name string, value any, key string) {
		shown.Settings = append(shown.Settings, configuredValue{name, value, t.from(key)})
	}
	add("dsn", masked(t.dsn), "dsn")
	database, err := all.database(t.dsn)
	if err != nil {
		shown.Error = err.Error()
	} else if database.URL != "" {
		shown.Settings = append(shown.Settings, configuredValue{"database", masked(database.URL), database.Origin.String()})
	}
	for _, o := range flattened(t.options) {
		add(o.name, o.value, "options."+o.top)
	}
	for _, v := range []struct {
		flag, key string
		value     any
	}{
		{"class", "class", t.classes},
		{"failure-transport", "failure_transport", orNull(t.failureTransport)},
		{"max-retries", "retry_strategy.max_retries", fmt.Sprint(t.retry.MaxRetries)},
		{"retry-delay", "retry_strategy.delay", fmt.Sprint(t.retry.Delay.Milliseconds())},
		{"retry-multiplier", "retry_strategy.multiplier", fmt.Sprint(t.retry.Multiplier)},
		{"retry-max-delay", "retry_strategy.max_delay", fmt.Sprint(t.retry.MaxDelay.Milliseconds())},
		{"retry-jitter", "retry_strategy.jitter", fmt.Sprint(t.retry.Jitter)},
	} {
		if set := r.settings.Of(v.flag); set.IsSet() {
			shown.Settings = append(shown.Settings, configuredValue{v.flag, plain(set), set.Origin})
			continue
		}
		add(v.flag, v.value, v.key)
	}
	if t.rateLimiter != "" {
		add("rate-limiter (not supported)", t.rateLimiter, "rate_limiter")
	}
	return shown, err
}

func (t *transportSettings) from(key string) string {
	if from, ok := t.origins[key]; ok {
		return from
	}
	return settings.DefaultOrigin
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (s *session) printConfiguration(shown configuration) {
	if a := shown.Application; a != nil {
		s.printRows("Application", []configuredValue{{"dir", a.Dir, ""}, {"env", a.Env, ""}, {"files", a.Files, ""}})
	}
	s.printRows("Settings", shown.Settings)
	for _, t := range shown.Transports {
		s.printRows("Transport "+t.Name, t.Settings)
		if t.Error != "" {
			s.stdout.printf("  %s\n", s.stdout.paint("31", printable(t.Error)))
		}
	}
}

// The columns in which values and origins begin, where there is room.
const (
	valueColumn  = 25
	originColumn = 64
)

func (s *session) printRows(title string, rows []configuredValue) {
	c := s.stdout
	c.printf("\n%s\n", c.paint("33", printable(title)+":"))
	for _, row := range rows {
		value := pad(row.text(), originColumn-valueColumn-1)
		if row.From == "" {
			value = row.text()
		}
		c.printf("  %s %s\n", c.paint("32", pad(row.Name, valueColumn-3)), strings.TrimRight(value+" "+c.paint("37", printable(row.From)), " "))
	}
}

// text returns the value on one line; a dash for none.
func (v configuredValue) text() string {
	text := ""
	switch value := v.Value.(type) {
	case nil:
	case []string:
		text = strings.Join(value, " ")
	default:
		text = fmt.Sprint(value)
	}
	return printable(cmp.Or(text, "-"))
}
