<?php

declare(strict_types=1);

namespace Envelog\Tests;

use PHPUnit\Framework\TestCase;

/**
 * What holds for each PHP file of the package, tests and benchmark included.
 */
final class SourceTest extends TestCase
{
    public function testEachFileIsStrictAndValid(): void
    {
        foreach (self::files() as $name => $file) {
            self::assertStringStartsWith("<?php\n\ndeclare(strict_types=1);\n", file_get_contents($file), $name);
            self::assertNotNull(token_get_all(file_get_contents($file), \TOKEN_PARSE), $name);
        }
    }

    /** @return iterable<string, string> paths by name */
    private static function files(): iterable
    {
        $root = \dirname(__DIR__);
        foreach (['bench', 'config', 'src', 'tests'] as $directory) {
            $files = new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator("$root/$directory", \FilesystemIterator::SKIP_DOTS));
            foreach (new \RegexIterator($files, '/\.php$/D') as $file) {
                yield substr((string) $file, \strlen($root) + 1) => (string) $file;
            }
        }
    }
}
