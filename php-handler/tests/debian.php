<?php

declare(strict_types=1);

foreach (['Monolog', 'Symfony/Bundle/FrameworkBundle', 'Symfony/Bridge/Monolog', 'Symfony/Component/Console',
    'Symfony/Component/Dotenv', 'Symfony/Component/Messenger', 'Symfony/Component/Messenger/Bridge/Redis',
    'Symfony/Component/PropertyAccess', 'Symfony/Component/PropertyInfo', 'Symfony/Component/Serializer',
    'Symfony/Component/Yaml'] as $package) {
    require_once "/usr/share/php/$package/autoload.php";
}

spl_autoload_register(static function (string $class): void {
    $roots = ['Envelog\\Tests\\' => __DIR__, 'Envelog\\' => dirname(__DIR__).'/src'];
    // Debian has no MonologBundle. A checkout of it may be named; else a stand-in reads monolog.yaml.
    if ($checkout = getenv('MONOLOG_BUNDLE')) {
        $roots['Symfony\\Bundle\\MonologBundle\\'] = $checkout;
    }
    foreach ($roots as $prefix => $directory) {
        $file = $directory.'/'.str_replace('\\', '/', substr($class, strlen($prefix))).'.php';
        if (str_starts_with($class, $prefix) && is_file($file)) {
            require $file;

            return;
        }
    }
});

if (!class_exists(Composer\InstalledVersions::class)) {
    require __DIR__.'/App/InstalledVersions.php';
}
