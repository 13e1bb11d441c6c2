<?php

declare(strict_types=1);

namespace Envelog\Tests\App;

use Envelog\Tests\Directory;
use Psr\Log\LoggerInterface;
use Symfony\Component\Dotenv\Dotenv;

/**
 * An application that is configured as the README says, but for what a test changes, in a directory of its own.
 */
final class TestApp
{
    private const FRAMEWORK = <<<'YAML'
        framework:
            secret: test
            http_method_override: false
            php_errors: { log: true }
            router: { utf8: true }
        YAML;

    public readonly string $directory;
    private readonly Directory $root;
    private ?AppKernel $kernel = null;

    /**
     * @param array<string, string> $environment the real one, which wins over .env
     * @param array<string, ?string> $files      contents by path, instead of the README's or beside them; null for none
     */
    public function __construct(private readonly array $environment = [], array $files = [])
    {
        $this->root = new Directory();
        $this->directory = $this->root->path;
        foreach (array_filter($files + Readme::files() + ['config/packages/framework.yaml' => self::FRAMEWORK], \is_string(...)) as $path => $contents) {
            @mkdir(\dirname($this->directory.'/'.$path), 0777, true);
            file_put_contents($this->directory.'/'.$path, str_ends_with($path, '.php') ? "<?php\n".$contents : $contents);
        }
    }

    /** @return array<string, string> */
    public function environment(): array
    {
        return $this->environment;
    }

    /** Boots the kernel in this process, in which its environment is that of the process. */
    public function kernel(): AppKernel
    {
        if (null === $this->kernel) {
            self::loadEnvironment($this->directory, $this->environment);
            $this->kernel = new AppKernel($this->directory);
            $this->kernel->boot();
        }

        return $this->kernel;
    }

    public function shutdown(): void
    {
        $this->kernel?->shutdown();
        $this->kernel = null;
        $loaded = explode(',', $_SERVER['SYMFONY_DOTENV_VARS'] ?? '');
        foreach ([...$loaded, ...array_keys($this->environment), 'SYMFONY_DOTENV_VARS'] as $name) {
            unset($_SERVER[$name], $_ENV[$name]);
        }
    }

    public function logger(string $channel = 'app'): LoggerInterface
    {
        return $this->get('app' === $channel ? 'logger' : "monolog.logger.$channel");
    }

    public function get(string $id): object
    {
        return $this->kernel()->getContainer()->get($id);
    }

    /**
     * Runs bin/console in a process of its own.
     *
     * @return array{int, string} its exit code, and what it printed
     */
    public function console(string ...$arguments): array
    {
        $process = $this->run('console.php', ...$arguments);
        $output = stream_get_contents($process->output);

        return [$process->wait(), $output];
    }

    /** Starts a script of this directory in a process of its own. */
    public function run(string $script, string ...$arguments): ScriptProcess
    {
        return $this->runWith([], $script, ...$arguments);
    }

    /**
     * The same, with options of PHP; "--nohup" starts it with SIGHUP ignored.
     *
     * @param list<string> $options
     */
    public function runWith(array $options, string $script, string ...$arguments): ScriptProcess
    {
        // The tests may run under nohup themselves: what they start ignores SIGHUP, too, and is told so by the shell's variable "_".
        $signals = \in_array('--nohup', $options, true) ? ['bash', '-c', 'nohup "$0" "$@"'] : ['env', '--unset=_', '--default-signal=HUP'];

        return new ScriptProcess([...$signals, \PHP_BINARY, ...array_diff($options, ['--nohup']), __DIR__.'/'.$script, ...$arguments], $this->environment + ['TEST_APP' => $this->directory] + getenv());
    }

    /** @return array<string, string> the log files, by name */
    public function logs(): array
    {
        $logs = [];
        foreach (glob($this->directory.'/var/log/*.log') as $file) {
            $logs[basename($file)] = file_get_contents($file);
        }

        return $logs;
    }

    /** As the front controller of a Symfony application does. */
    public static function loadEnvironment(string $directory, array $environment): void
    {
        foreach ($environment as $name => $value) {
            $_SERVER[$name] = $_ENV[$name] = $value;
        }
        (new Dotenv())->loadEnv($directory.'/.env', testEnvs: []);
    }
}
