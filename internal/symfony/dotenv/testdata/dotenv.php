<?php

// Loads .env files with the real symfony/dotenv: a list of cases as JSON on standard input, a list of results as JSON on
// standard output. Bytes travel in base64. Started by php_test.go.

declare(strict_types=1);

namespace Symfony\Component\Process;

// In place of the real one: a command in a value fails, and is never run.
final class Process
{
    public static function fromShellCommandline(string $command): never
    {
        throw new \LogicException('A command.');
    }
}

namespace Envelog\Dotenv;

use ErrorException;
use stdClass;
use Symfony\Component\Dotenv\Dotenv;
use Throwable;

require 'Symfony/Component/Dotenv/autoload.php';

set_error_handler(static function (int $type, string $message): never {
    throw new ErrorException($message);
});

function load(array $case): array
{
    $dir = sys_get_temp_dir().'/dotenv-'.bin2hex(random_bytes(8));
    mkdir($dir);
    foreach ($case['files'] as $name => $content) {
        file_put_contents($dir.'/'.$name, base64_decode($content, true));
    }
    $_SERVER = $_ENV = array_map(static fn (string $value): string => base64_decode($value, true), $case['env']);
    foreach ($_ENV as $name => $value) {
        putenv("$name=$value");
    }
    try {
        (new Dotenv())->bootEnv($dir.'/.env', 'dev', ['test'], $case['overload']);
        unset($_ENV['SYMFONY_DOTENV_VARS'], $_ENV['SYMFONY_DOTENV_PATH']);

        return ['vars' => array_map(base64_encode(...), $_ENV) ?: new stdClass()];
    } catch (Throwable $e) {
        return ['error' => $e::class.': '.preg_replace('/[^\x20-\x7e]/', '?', $e->getMessage())];
    } finally {
        foreach (array_keys($case['env']) as $name) {
            putenv($name);
        }
        array_map(unlink(...), glob($dir.'/{,.}*[!.]', GLOB_BRACE));
        rmdir($dir);
    }
}

echo json_encode([
    'deferred' => method_exists(Dotenv::class, 'resolveLoadedVars'),
    'results' => array_map(load(...), json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR)),
], JSON_THROW_ON_ERROR);
