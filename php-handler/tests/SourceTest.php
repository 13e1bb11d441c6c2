<?php

declare(strict_types=1);

namespace Envelog\Tests;

use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * What holds for each PHP file of the package, tests and benchmark included.
 */
final class SourceTest extends TestCase
{
    public static function files(): iterable
    {
        $root = \dirname(__DIR__);
        foreach (['bench', 'config', 'src', 'tests'] as $directory) {
            $files = new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator("$root/$directory", \FilesystemIterator::SKIP_DOTS));
            foreach (new \RegexIterator($files, '/\.php$/D') as $file) {
                yield substr((string) $file, \strlen($root) + 1) => [(string) $file];
            }
        }
    }

    /** @dataProvider files */
    #[DataProvider('files')]
    public function testIsStrict(string $file): void
    {
        self::assertStringStartsWith("<?php\n\ndeclare(strict_types=1);\n", file_get_contents($file));
    }

    /** @dataProvider files */
    #[DataProvider('files')]
    public function testIsValidPhp(string $file): void
    {
        exec(escapeshellarg(\PHP_BINARY).' -l '.escapeshellarg($file).' 2>&1', $output, $code);
        self::assertSame(0, $code, implode("\n", $output));
    }
}
