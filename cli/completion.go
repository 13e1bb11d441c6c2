package cli

import (
	"context"
	"fmt"
	"strings"

	"envelog/internal/settings"
	"envelog/internal/usage"
)

const completionHelp = `
It prints what a shell needs to complete envelog's commands and options:

    envelog completion bash > /etc/bash_completion.d/envelog
    envelog completion zsh  > /usr/local/share/zsh/site-functions/_envelog
    envelog completion fish > /etc/fish/completions/envelog.fish

The packages have them already.`

func completionCommand() command {
	return command{
		name:      "completion",
		usage:     "Print the completion of commands and options for a shell",
		arguments: "bash|zsh|fish",
		help:      completionHelp,
		run:       printCompletion,
	}
}

func printCompletion(_ context.Context, in *input) error {
	if len(in.args) != 1 {
		return usage.Errorf(`The "completion" command expects the argument "shell": bash, zsh or fish.`)
	}
	shell, err := settings.OneOf("bash", "zsh", "fish")("shell", in.args[0])
	if err != nil {
		return usage.Errorf(`The shell must be bash, zsh or fish, "%s" passed.`, in.args[0])
	}
	write := map[string]func([]command) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[shell]
	in.Out.Printf("%s", write(commands()))
	return nil
}

// names returns the names of commands.
func names(all []command) (list []string) {
	for _, c := range all {
		list = append(list, c.name)
	}
	return list
}

// bashCompletion takes the line apart by itself: for bash a colon ends a word, and commands of Symfony have one.
func bashCompletion(all []command) string {
	var b strings.Builder
	b.WriteString(`# bash completion of envelog, made by "envelog completion bash"
_envelog() {
    local line=${COMP_LINE:0:COMP_POINT} current command= candidates= word words
    [[ $line == *[[:space:]] ]] && current= || current=${line##*[[:space:]]}
    read -ra words <<<"${line% *}"
    for word in "${words[@]:1}"; do
        [[ $word == -* ]] || { command=$word; break; }
    done
    case $command in
`)
	fmt.Fprintf(&b, "    '') candidates='%s' ;;\n", strings.Join(names(all), " "))
	for _, c := range all {
		fmt.Fprintf(&b, "    %s) candidates='%s' ;;\n", c.name, strings.Join(spellings(c), " "))
	}
	b.WriteString(`    esac
    COMPREPLY=($(compgen -W "$candidates" -- "$current"))
    if [[ $current != -* && $current == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}")
    fi
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _envelog envelog
`)
	return b.String()
}

// spellings returns the options of a command; one that needs a value ends in an equals sign.
func spellings(c command) (list []string) {
	for _, o := range c.options {
		text := "--" + o.Name
		if o.Kind != settings.Switch && o.Without == "" {
			text += "="
		}
		list = append(list, text)
	}
	return list
}

func zshCompletion(all []command) string {
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`)
	var b strings.Builder
	b.WriteString("#compdef envelog\n# zsh completion of envelog, made by \"envelog completion zsh\"\n_envelog() {\n    local -a commands=(\n")
	for _, c := range all {
		fmt.Fprintf(&b, "        '%s:%s'\n", quote.Replace(c.name), quote.Replace(c.usage))
	}
	b.WriteString("    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n    case $words[2] in\n")
	for _, c := range all {
		fmt.Fprintf(&b, "    %s)\n        _arguments '*:file:_files'", c.name)
		for _, o := range c.options {
			repeat, value := "", ""
			if o.Kind == settings.List || o.Kind == settings.Pairs {
				repeat = "*"
			}
			if o.Kind != settings.Switch && o.Without == "" {
				value = "=:" + o.Name + ":_files"
			}
			name, value := "--"+o.Name, value
			if value != "" {
				name, value = name+"=", value[1:]
			}
			fmt.Fprintf(&b, " \\\n            '%s%s[%s]%s'", repeat, name, quote.Replace(o.Usage), value)
		}
		b.WriteString("\n        ;;\n")
	}
	b.WriteString("    esac\n}\n_envelog \"$@\"\n")
	return b.String()
}

func fishCompletion(all []command) string {
	quote := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	var b strings.Builder
	b.WriteString("# fish completion of envelog, made by \"envelog completion fish\"\n")
	for _, c := range all {
		fmt.Fprintf(&b, "complete -c envelog -n __fish_use_subcommand -f -a '%s' -d '%s'\n", c.name, quote.Replace(c.usage))
		for _, o := range c.options {
			value, letter := "", ""
			if o.Kind != settings.Switch && o.Without == "" {
				value = " -r"
			}
			if o.Letter != "" {
				letter = " -s " + o.Letter
			}
			fmt.Fprintf(&b, "complete -c envelog -n '__fish_seen_subcommand_from %s' -l %s%s%s -d '%s'\n", c.name, o.Name, letter, value, quote.Replace(o.Usage))
		}
	}
	return b.String()
}
