package cli

import (
	"context"
	"encoding/json"
	"slices"

	"envelog/internal/config"
	"envelog/internal/console"
	diagnosis "envelog/internal/doctor"
	"envelog/internal/settings"
)

const doctorHelp = `
It looks at everything that messenger:consume needs, and says in words what is wrong, and what to do
about it. It changes nothing, but for a file that it writes into the log directory and removes.

Exit code 0 says that all is well, 1 that something is not. --format=json is for machines.

Transports may be named; without any, all are looked at.`

func doctorCommand() command {
	return command{
		name:      "doctor",
		usage:     "Say what is wrong, and what to do about it",
		arguments: "[<transports>...]",
		help:      doctorHelp,
		options: slices.Concat(
			ownOptions(valued("format", "txt", "txt or json")),
			config.DSNSetting(), config.FailureTransportSetting(), config.SerializerSetting(), config.LogDirSetting(),
		),
		run: doctor,
	}
}

func doctor(ctx context.Context, in *input) error {
	form, err := settings.OneOf("txt", "json")("format", in.own.String("format"))
	if err != nil {
		return err
	}
	found := diagnosis.Examine(ctx, in.settings, in.args, in.settings.Text("log-dir"))
	if form == "json" {
		err = in.printFindingsJSON(found)
	} else {
		in.printFindings(found)
	}
	if err == nil && !found.Healthy() {
		return errTold
	}
	return err
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
