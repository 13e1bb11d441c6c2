<?php

declare(strict_types=1);

namespace Envelog\Tests;

use Envelog\Tests\App\TestApp;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * The package as Composer and Flex see it.
 */
final class PackageTest extends TestCase
{
    private const RECIPE = __DIR__.'/../recipe/1.0';

    private ?TestApp $app = null;

    protected function tearDown(): void
    {
        $this->app?->shutdown();
    }

    public static function skeletons(): iterable
    {
        $messenger = static fn (string $yaml) => "framework: { messenger: $yaml }";
        yield 'nothing of Messenger' => [null, 'framework.messenger']; // Symfony has it on where it is installed
        yield 'Messenger is switched off' => [$messenger('false'), 'framework.messenger is not configured'];
        yield 'Messenger without transports' => [$messenger('{ enabled: true }'), 'framework.messenger.transports has no "async_logging"'];
        yield 'the recipe of Messenger' => [$messenger("{ transports: { async: '%env(MESSENGER_TRANSPORT_DSN)%' }, routing: { '*': async } }"), 'framework.messenger.transports has no "async_logging"'];
    }

    /**
     * composer require, before any YAML of envelog is there.
     *
     * @dataProvider skeletons
     */
    #[DataProvider('skeletons')]
    public function testInstallsUnconfigured(?string $messenger, string $missing): void
    {
        $this->app = new TestApp(['MESSENGER_TRANSPORT_DSN' => 'in-memory://'], ['config/packages/envelog.yaml' => null, 'config/packages/messenger.yaml' => $messenger, 'config/packages/monolog.yaml' => "monolog: { handlers: { main: { type: stream, path: '%kernel.logs_dir%/test.log', level: debug } } }", 'config/services.yaml' => 'services: {}', '.env' => '']);
        foreach ([['cache:clear'], ['lint:container'], ['list']] as $command) {
            [$code, $output] = $this->app->console(...$command);
            self::assertSame(0, $code, $output);
        }
        [$code, $output] = $this->app->console('app:test-logging', '--count=1');
        self::assertSame(1, $code, $output);
        self::assertStringContainsString('did not reach envelog', $output);
    }

    /** @dataProvider skeletons */
    #[DataProvider('skeletons')]
    public function testSaysThatItIsNotConfigured(?string $messenger, string $missing): void
    {
        $this->app = new TestApp(['MESSENGER_TRANSPORT_DSN' => 'in-memory://'], ['config/packages/envelog.yaml' => null, 'config/packages/messenger.yaml' => $messenger, '.env' => '']);
        [$code, $output] = $this->app->console('app:test-logging', '--count=2');
        self::assertSame(1, $code, $output);
        self::assertStringContainsString("envelog is not configured, $missing", preg_replace('/\s+/', ' ', $output));
        self::assertSame(2, preg_match_all('/Test record .*__messenger_error="envelog is not configured, /', implode($this->app->logs())));
    }

    public function testTheRecipeWorks(): void
    {
        $redis = new RedisServer();
        $manifest = json_decode(file_get_contents(self::RECIPE.'/manifest.json'), true, 8, \JSON_THROW_ON_ERROR);
        self::assertSame(['Envelog\EnvelogBundle' => ['all']], $manifest['bundles']);
        self::assertTrue(class_exists(key($manifest['bundles'])));
        $env = implode("\n", array_map(static fn (string $name, string $value) => str_starts_with($name, '#') ? "# $value" : "$name=\"$value\"", array_keys($manifest['env']), $manifest['env']));
        $this->app = new TestApp(['LOG_TRANSPORT_DSN' => $redis->dsn()], ['config/packages/envelog.yaml' => file_get_contents(self::RECIPE.'/config/packages/envelog.yaml'), 'config/packages/messenger.yaml' => null, '.env' => $env, 'config/packages/patience.yaml' => 'envelog: { fallback: { timeout: 20 } }']);
        [$code, $output] = $this->app->console('app:test-logging', '--count=3');
        self::assertSame(0, $code, $output);
        self::assertStringContainsString('3 of 3 records were sent', $output);
    }

    public function testWhatItsUsersDoNotNeedIsNotInThePackage(): void
    {
        $root = \dirname(__DIR__);
        preg_match_all('{^/(\S+) export-ignore$}m', file_get_contents("$root/.gitattributes"), $ignored);
        $names = array_values(array_diff(scandir($root), ['.', '..', 'vendor', ...array_filter($ignored[1], static fn (string $name) => file_exists("$root/$name"))]));
        self::assertSame(['CHANGELOG.md', 'LICENSE', 'README.md', 'composer.json', 'config', 'src'], array_values(preg_grep('/^\.phpunit/', $names, \PREG_GREP_INVERT)));
        self::assertSame([], array_filter($ignored[1], static fn (string $name) => !file_exists("$root/$name")), 'and each of these is there');
    }

    public function testComposerKnowsTheVersionsThatAreTested(): void
    {
        $composer = json_decode(file_get_contents(\dirname(__DIR__).'/composer.json'), true, 16, \JSON_THROW_ON_ERROR);
        foreach (['support', 'conflict', 'extra'] as $key) {
            self::assertArrayHasKey($key, $composer);
        }
        self::assertArrayHasKey('dev-main', $composer['extra']['branch-alias']);
        foreach ($composer['require'] as $package => $versions) {
            if (str_starts_with($package, 'symfony/')) {
                self::assertSame('^5.4 || ^6.4 || ^7.0 || ^8.0', $versions, $package);
            }
        }
    }
}
