<?php

declare(strict_types=1);

// What Composer would write to vendor/autoload.php, for Debian's packages, each of which has an autoloader of its own.

namespace Composer {
    /** FrameworkBundle asks which packages may be gone in production: none. */
    final class InstalledVersions
    {
        public static function isInstalled(string $package, bool $includeDevRequirements = true): bool
        {
            return false;
        }
    }
}

namespace {
    foreach (['Monolog', 'Symfony/Bundle/FrameworkBundle', 'Symfony/Component/Console', 'Symfony/Component/Dotenv',
        'Symfony/Component/Messenger', 'Symfony/Component/Messenger/Bridge/Redis', 'Symfony/Component/Yaml'] as $package) {
        require_once "/usr/share/php/$package/autoload.php";
    }

    spl_autoload_register(static function (string $class): void {
        foreach (['App\\' => dirname(__DIR__).'/src', 'Envelog\\' => __DIR__.'/envelog/messenger-log-handler/src'] as $prefix => $directory) {
            $file = $directory.'/'.str_replace('\\', '/', substr($class, strlen($prefix))).'.php';
            if (str_starts_with($class, $prefix) && is_file($file)) {
                require $file;

                return;
            }
        }
    });
}
