package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/secret"
	"envelog/internal/settings"
	"envelog/internal/usage"
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

What cannot be known without PHP, and a value that is not valid, is shown as an error, and makes exit
code 1. --check prints nothing but what is wrong, all of it at once, for a pipeline.`

// configCommand shows the settings of all the other commands.
func configCommand(all []settings.Setting) command {
	options := ownOptions(valued("format", "txt", "txt or json"),
		option("check", "", "Print only what is wrong, each with its place"))
	for _, declared := range all {
		if declared.Name != "format" {
			options = append(options, declared)
		}
	}
	return command{
		name:      "config",
		usage:     "Show each setting, and where it comes from",
		arguments: "[<receivers>...]",
		help:      configHelp,
		options:   options,
		examines:  true,
		run:       showConfig,
	}
}

// configuration is what envelog config prints.
type configuration struct {
	Application *configuredApplication `json:"application"` // null without one
	Settings    []configuredValue      `json:"settings"`
	Transports  []configuredTransport  `json:"transports"`

	wrong []string // all that is, a line each
}

// add remembers what is wrong, once.
func (c *configuration) add(err error) {
	if err == nil {
		return
	}
	for line := range strings.SplitSeq(secret.InText(err.Error()), "\n") {
		if line != "" && !slices.Contains(c.wrong, line) {
			c.wrong = append(c.wrong, line)
		}
	}
}

type configuredApplication struct {
	Dir   string   `json:"dir"`
	Env   string   `json:"env"`
	Files []string `json:"files"` // relative to Dir, in the order in which they were read
	// Unread is what else the application loads, and why it could not be read.
	Unread []string `json:"unread,omitempty"`
}

type configuredValue struct {
	Name  string `json:"name"`
	Value any    `json:"value"` // a string, a list of strings, a bool, or null for none
	From  string `json:"from"`
	Error string `json:"error,omitempty"` // why the value is not valid
}

type configuredTransport struct {
	Name     string            `json:"name"`
	Settings []configuredValue `json:"settings"`
	Error    string            `json:"error,omitempty"`
}

func showConfig(_ context.Context, in *input) error {
	form, err := settings.OneOf("txt", "json")("format", in.own.String("format"))
	if err != nil {
		return err
	}
	shown, problem := readConfiguration(in.args, in.settings)
	shown.hideLogins()
	if in.own.Bool("check") {
		return in.printProblems(shown, problem)
	}
	if form == "txt" {
		in.printConfiguration(shown)
		return problem
	}
	out := json.NewEncoder(in.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "    ")
	return errors.Join(out.Encode(shown), problem)
}

// hideLogins takes out of errors what may be the login of a DSN. Values are shown by what is known of them.
func (c *configuration) hideLogins() {
	if c.Application != nil {
		for i, text := range c.Application.Unread {
			c.Application.Unread[i] = secret.InText(text)
		}
	}
	for i := range c.Settings {
		c.Settings[i].Error = secret.InText(c.Settings[i].Error)
	}
	for i := range c.Transports {
		c.Transports[i].Error = secret.InText(c.Transports[i].Error)
	}
}

// readConfiguration returns all there is to show of the transports of these names, or of all, and what is wrong with it.
func readConfiguration(asked []string, r *config.Reader) (configuration, error) {
	shown := configuration{Settings: []configuredValue{}, Transports: []configuredTransport{}}
	if a := r.Application; a != nil {
		shown.Application = &configuredApplication{Dir: a.Dir, Env: a.Env, Files: a.Files}
		for _, err := range a.Warnings() {
			shown.Application.Unread = append(shown.Application.Unread, err.Error())
		}
	}
	shown.add(r.Wrong)
	invalid := r.Wrong
	for _, v := range r.Values {
		row := configuredValue{Name: v.Name, Value: plain(v), From: v.Origin}
		if err := r.Check(v.Name); err != nil {
			row.Error = err.Error()
			if v.Err == nil { // else it is among those
				invalid = errors.Join(invalid, err)
			}
			shown.add(err)
		}
		shown.Settings = append(shown.Settings, row)
	}
	all, err := r.Catalogue(asked)
	if err != nil {
		shown.add(err)
		return shown, errors.Join(invalid, err)
	}
	err = invalid
	names := all.Names()
	var unknown error
	if len(asked) > 0 {
		names, unknown = all.Choose(config.Selection{Arguments: asked})
	} else {
		unknown = all.Unknown()
	}
	shown.add(unknown)
	err = errors.Join(err, unknown)
	for _, name := range names {
		t, problem := readTransport(r, all, name)
		shown.Transports = append(shown.Transports, t)
		if problem != nil {
			text := `The settings of the transport "%s" are not known.`
			if len(t.Settings) > 0 {
				text = `The transport "%s" cannot be consumed as it is configured.`
			}
			shown.add(problem)
			err = errors.Join(err, usage.Errorf(text, t.Name))
		}
	}
	return shown, err
}

// plain returns the value as it is shown: without secrets.
func plain(v settings.Value) any {
	texts := config.Shown(v)
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

// readTransport returns what is known of a transport, and why it is not more.
func readTransport(r *config.Reader, all *config.Catalogue, name string) (configuredTransport, error) {
	shown := configuredTransport{Name: secret.Text(name), Settings: []configuredValue{}}
	t, err := all.Transport(name)
	if err != nil {
		shown.Error = err.Error()
		return shown, err
	}
	add := func(name string, value any, key string) {
		shown.Settings = append(shown.Settings, configuredValue{Name: name, Value: value, From: t.Origin(key)})
	}
	if v := r.Values.Of("failure-transport"); v.IsSet() {
		t.FailureTransport, t.Origins["failure_transport"] = v.Text(), v.Origin
	}
	add("dsn", config.ShownDSN(t.DSN), "dsn")
	database, err := all.Database(t.DSN)
	if err != nil {
		shown.Error = err.Error()
	} else if database.URL != "" {
		shown.Settings = append(shown.Settings, configuredValue{Name: "database", Value: config.ShownDSN(database.URL), From: database.Origin.String()})
	}
	for _, o := range t.ShownOptions() {
		shown.Settings = append(shown.Settings, configuredValue{Name: o.Name, Value: o.Value, From: o.From})
	}
	for _, v := range []struct {
		flag, key string
		value     any
	}{
		{"class", "class", t.Classes},
		{"failure-transport", "failure_transport", orNull(t.ShownName(t.FailureTransport, "failure_transport"))},
		{"max-retries", "retry_strategy.max_retries", fmt.Sprint(t.Retry.MaxRetries)},
		{"retry-delay", "retry_strategy.delay", fmt.Sprint(t.Retry.Delay.Milliseconds())},
		{"retry-multiplier", "retry_strategy.multiplier", fmt.Sprint(t.Retry.Multiplier)},
		{"retry-max-delay", "retry_strategy.max_delay", fmt.Sprint(t.Retry.MaxDelay.Milliseconds())},
		{"retry-jitter", "retry_strategy.jitter", fmt.Sprint(t.Retry.Jitter)},
	} {
		if set := r.Values.Of(v.flag); set.IsSet() {
			row := configuredValue{Name: v.flag, Value: plain(set), From: set.Origin}
			if wrong := r.Check(v.flag); wrong != nil {
				row.Error = secret.InText(wrong.Error())
			}
			shown.Settings = append(shown.Settings, row)
			continue
		}
		add(v.flag, v.value, v.key)
	}
	for _, note := range t.Notes { // they name places and keys alone
		shown.Settings = append(shown.Settings, configuredValue{Name: "note", Value: note})
	}
	if t.RateLimiter != "" {
		add("rate-limiter (not supported)", t.ShownName(t.RateLimiter, "rate_limiter"), "rate_limiter")
	}
	if problem := all.CheckFailureTransport(t); problem != nil {
		shown.Error = strings.Join(slices.DeleteFunc([]string{shown.Error, problem.Error()}, func(text string) bool { return text == "" }), "\n")
		err = errors.Join(err, problem)
	}
	return shown, err
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (in *input) printConfiguration(shown configuration) {
	if a := shown.Application; a != nil {
		rows := []configuredValue{{Name: "dir", Value: a.Dir}, {Name: "env", Value: a.Env}, {Name: "files", Value: a.Files}}
		for _, text := range a.Unread {
			rows = append(rows, configuredValue{Name: "not read", Value: text})
		}
		in.printRows("Application", rows)
	}
	in.printRows("Settings", shown.Settings)
	for _, t := range shown.Transports {
		in.printRows("Transport "+t.Name, t.Settings)
		if t.Error != "" {
			in.Out.Printf("  %s\n", in.Out.Paint("31", console.Printable(t.Error)))
		}
	}
}

// The columns in which values and origins begin, where there is room.
const (
	valueColumn  = 25
	originColumn = 64
)

func (in *input) printRows(title string, rows []configuredValue) {
	c := in.Out
	c.Printf("\n%s\n", c.Paint("33", console.Printable(title)+":"))
	for _, row := range rows {
		value := console.Pad(row.text(), originColumn-valueColumn-1)
		if row.From == "" {
			value = row.text()
		}
		c.Printf("  %s %s\n", c.Paint("32", console.Pad(row.Name, valueColumn-3)), strings.TrimRight(value+" "+c.Paint("37", console.Printable(row.From)), " "))
	}
}

// printProblems prints what is wrong, a line each.
func (in *input) printProblems(shown configuration, problem error) error {
	if problem == nil {
		in.Out.Line("%s", "The configuration is valid.")
		return nil
	}
	if len(shown.wrong) == 0 {
		return problem
	}
	for _, text := range shown.wrong {
		in.Out.Line("%s", console.Printable(text))
	}
	return errTold
}

// text returns the value on one line; a dash for none.
func (v configuredValue) text() string {
	if v.Error != "" {
		return console.Printable(v.Error)
	}
	text := ""
	switch value := v.Value.(type) {
	case nil:
	case []string:
		text = strings.Join(value, " ")
	default:
		text = fmt.Sprint(value)
	}
	return console.Printable(cmp.Or(text, "-"))
}
