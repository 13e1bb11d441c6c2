<?php

declare(strict_types=1);

/*
 * Boots the application as its front controller would, with Debian's packages in the place of vendor/, and dispatches
 * as many log messages as argument 1 says.
 */

use App\Kernel;
use App\Logging\Message\LogMessage;
use Symfony\Component\Dotenv\Dotenv;

error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);
foreach (['Config', 'Console', 'DependencyInjection', 'Dotenv', 'HttpKernel', 'Messenger', 'Messenger/Bridge/Redis', 'PropertyAccess', 'Serializer', 'Yaml'] as $component) {
    require_once "Symfony/Component/$component/autoload.php";
}
require_once 'Symfony/Bundle/FrameworkBundle/autoload.php';
spl_autoload_register(static function (string $class): void {
    $file = dirname(__DIR__).'/src/'.str_replace(['App\\', '\\'], ['', '/'], $class).'.php';
    if (str_starts_with($class, 'App\\') && is_file($file)) {
        require $file;
    }
});

// Debian's packages come without Composer, which the framework bundle asks what is there for development only: nothing.
final class Installed
{
    public static function isInstalled(string $package, bool $includeDev = true): bool
    {
        return false;
    }
}
class_exists(Composer\InstalledVersions::class) || class_alias(Installed::class, 'Composer\InstalledVersions');

(new Dotenv())->bootEnv(dirname(__DIR__).'/.env');
$kernel = new Kernel($_SERVER['APP_ENV'], (bool) $_SERVER['APP_DEBUG']);
$kernel->boot();
$bus = $kernel->getContainer()->get('App\Bus');
for ($i = 1; $i <= (int) $argv[1]; ++$i) {
    $bus->dispatch(new LogMessage('checkout', 'warning', "Order $i was late", ['order' => $i], new DateTimeImmutable()));
}
