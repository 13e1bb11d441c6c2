// Package symfony reads a Symfony application's own configuration without running PHP: its .env files and the YAML files
// that its kernel loads, as far as Messenger transports and the databases behind them are concerned.
//
// Model: Load reads files and keeps them as trees of values that know their file, line and column; nothing in them is
// resolved yet. A question (Transport, Connection, ...) goes through the trees in the kernel's order, lets the later ones
// win as Symfony's configuration component does, and resolves what its answer needs: parameters, %env()% and its
// processors.
//
//	.env files -> dotenv.Environment --\
//	config/*.yaml -> value trees -------> resolver -> Transport, Connection, with an Origin for each setting
//
// Rules:
//   - What only PHP knows (PHP and XML files, constants, custom tags, services) is an error when an answer needs it, and
//     only then. The error names file, line and the setting of envelog that answers instead.
//   - An error never holds the value of an environment variable, only its name.
//   - Bad configuration is an error here where it is one in Symfony, so that both run with the same settings or neither.
//
// Source of the behaviour: symfony/framework-bundle (Configuration.php, Kernel/MicroKernelTrait.php),
// symfony/dependency-injection (YamlFileLoader.php, EnvVarProcessor.php, ParameterBag.php), symfony/config
// (ArrayNode.php, GlobResource.php), symfony/yaml (Inline.php) and doctrine/doctrine-bundle (Configuration.php), 5.4 to
// 8.1; the tests compare with a real kernel. What is not covered is listed in docs/configuration.md.
package symfony
