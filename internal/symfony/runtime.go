package symfony

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"envelog/internal/symfony/dotenv"
)

// composer is what matters of composer.json: the options of symfony/runtime (SymfonyRuntime.php), and where classes are.
type composer struct {
	Require     json.RawMessage `json:"require"` // a map, or an empty list, as PHP writes an empty map
	Autoload    autoload        `json:"autoload"`
	AutoloadDev autoload        `json:"autoload-dev"`
	Config      struct {
		VendorDir string `json:"vendor-dir"`
	} `json:"config"`
	Extra struct {
		Runtime struct {
			Path       string   `json:"dotenv_path"`
			EnvVar     string   `json:"env_var_name"`
			TestEnvs   oneOrAll `json:"test_envs"`
			DebugVar   string   `json:"debug_var_name"`
			ProdEnvs   oneOrAll `json:"prod_envs"`
			Putenv     bool     `json:"use_putenv"` // getenv() knows the variables of the files
			Overload   bool     `json:"dotenv_overload"`
			Disabled   bool     `json:"disable_dotenv"`
			ExtraPaths oneOrAll `json:"dotenv_extra_paths"`
		} `json:"runtime"`
	} `json:"extra"`
}

// requires reports whether the application requires the package.
func (c composer) requires(name string) bool {
	var packages map[string]any
	if json.Unmarshal(c.Require, &packages) != nil {
		return false
	}
	_, found := packages[name]
	return found
}

// autoload says where classes are.
type autoload struct {
	PSR4     map[string]oneOrAll `json:"psr-4"`
	Classmap []string            `json:"classmap"`
}

// oneOrAll is a text or a list of texts.
type oneOrAll []string

// UnmarshalJSON accepts both forms.
func (o *oneOrAll) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*o = oneOrAll{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// readComposer reads composer.json; nothing when it is not there.
func readComposer(root string) (c composer, err error) {
	content, err := readFile(filepath.Join(root, "composer.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal(content, &c)
	}
	if err != nil {
		return c, invalid(Position{File: "composer.json"}, "extra.runtime cannot be read: %v", err)
	}
	return c, nil
}

// runtimeOptions returns how the application loads its .env files.
func (c composer) runtimeOptions(root string) (dotenv.Options, error) {
	o := dotenv.Options{Dir: root, EnvVar: "APP_ENV", Eager: eager(root)}
	runtime := c.Extra.Runtime
	if len(runtime.ExtraPaths) > 0 {
		return o, &Error{Position: Position{File: "composer.json"}, Err: problem{"extra.runtime.dotenv_extra_paths is not supported", ErrInvalid},
			Cure: "set the variables of those files in the environment"}
	}
	o.File, o.TestEnvs, o.Overload, o.Disabled = runtime.Path, runtime.TestEnvs, runtime.Overload, runtime.Disabled
	o.DebugVar, o.ProdEnvs = runtime.DebugVar, runtime.ProdEnvs
	if runtime.EnvVar != "" {
		o.EnvVar = runtime.EnvVar
	}
	return o, nil
}

// eager reports whether the application's symfony/dotenv resolves references file by file, as releases before 6.4.35, 7.4.7
// and 8.0.7 do: by the installed code, else by the version in composer.lock, else no.
func eager(root string) bool {
	code, err := readFile(filepath.Join(root, "vendor", "symfony", "dotenv", "Dotenv.php"))
	if err == nil {
		return !bytes.Contains(code, []byte("resolveLoadedVars"))
	}
	var lock struct {
		Packages []struct{ Name, Version string }
	}
	content, err := readFile(filepath.Join(root, "composer.lock"))
	if err != nil || json.Unmarshal(content, &lock) != nil {
		return false
	}
	for _, p := range lock.Packages {
		if p.Name == "symfony/dotenv" {
			return eagerVersion(p.Version)
		}
	}
	return false
}

func eagerVersion(version string) bool {
	var major, minor, patch int
	if n, _ := fmt.Sscanf(version, "v%d.%d.%d", &major, &minor, &patch); n != 3 {
		return false
	}
	switch {
	case major == 6 && minor == 4:
		return patch < 35
	case major == 7 && minor == 4, major == 8 && minor == 0:
		return patch < 7
	}
	return major < 7 || major == 7 && minor < 4
}
