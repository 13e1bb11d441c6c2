package cli

import (
	"context"
	"encoding/json"

	"envelog/internal/config"
	"envelog/internal/console"
	diagnosis "envelog/internal/doctor"
	"envelog/internal/secret"
	"envelog/internal/settings"
	"envelog/internal/worker"
)

const doctorHelp = `
It looks at everything that messenger:consume needs, and says in words what is wrong, and what to do
about it. It takes the options of messenger:consume, and reads them with the same code: what that
would refuse is a problem here. It changes nothing, but for a file that it writes into the log
directory and removes.

Exit code 0 says that all is well, 1 that there are warnings, 2 that there is a problem. --format=json
is for machines. --skip "rejected messages" leaves out a check, by the name before its colon.

Transports may be named; without any, all are looked at.`

func doctorCommand() command {
	return command{
		name:      "doctor",
		usage:     "Say what is wrong, and what to do about it",
		arguments: "[<transports>...]",
		help:      doctorHelp,
		options: append(
			ownOptions(valued("format", "txt", "txt or json"),
				settings.Setting{Name: "skip", Kind: settings.List, Usage: "Leave out the check of this name, as in a cron job that knows of it"}),
			config.ConsumeSettings("format")...),
		examines: true,
		run:      doctor,
	}
}

func doctor(ctx context.Context, in *input) error {
	form, err := settings.OneOf("txt", "json")("format", in.own.String("format"))
	if err != nil {
		return err
	}
	question := diagnosis.Question{Settings: in.settings, Asked: in.args, LineFormat: in.lineFormat(), Refused: func(w config.Worker) error {
		_, err := worker.New(worker.Options{Worker: w, Log: in.Log})
		return err
	}}
	found := diagnosis.Examine(ctx, question).Without(in.own.StringSlice("skip")).Map(secret.InText)
	if form == "json" {
		err = in.printFindingsJSON(found)
	} else {
		in.printFindings(found)
	}
	switch {
	case err != nil:
		return err
	case found.Has(diagnosis.Problem):
		return errProblem
	case found.Has(diagnosis.Warning):
		return errTold
	}
	return nil
}

// lineFormat is the setting format, which the option of this command hides.
func (in *input) lineFormat() string {
	if v := in.settings.Values.Of("format"); v.Origin != config.FlagOrigin("format") {
		return v.Text()
	}
	return config.DefaultFormat
}

func (in *input) printFindings(found diagnosis.Findings) {
	colours := map[string]string{diagnosis.OK: "32", diagnosis.Warning: "33", diagnosis.Problem: "31"}
	for _, f := range found {
		in.Out.Line("  %s  %s: %s", in.Out.Paint(colours[f.Status], console.Pad(f.Status, 7)), console.Printable(f.Check), console.Printable(f.Text))
		if f.Cure != "" {
			in.Out.Line("           -> %s", console.Printable(f.Cure))
		}
	}
	if found.Healthy() {
		in.Out.Success("All is well.")
		return
	}
	in.Out.Warning("Not all is well: see the lines with an arrow.")
}

func (in *input) printFindingsJSON(found diagnosis.Findings) error {
	text, err := json.MarshalIndent(struct {
		OK     bool               `json:"ok"`
		Checks diagnosis.Findings `json:"checks"`
	}{found.Healthy(), found}, "", "    ")
	in.Out.Line("%s", text)
	return err
}
