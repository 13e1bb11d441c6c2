<?php

declare(strict_types=1);

// Debian's packages (php-symfony-messenger, php-symfony-redis-messenger, php-monolog) and the application's message
// class, which is the one that the fixtures were recorded with.
require 'Symfony/Component/Messenger/autoload.php';
require 'Symfony/Component/Messenger/Bridge/Redis/autoload.php';
require 'Symfony/Component/EventDispatcher/autoload.php';
require 'Monolog/autoload.php';

spl_autoload_register(static function (string $class): void {
    $file = __DIR__.'/../../fixtures/recorder/app/src/'.str_replace(['App\\', '\\'], ['', '/'], $class).'.php';
    if (str_starts_with($class, 'App\\') && is_file($file)) {
        require $file;
    }
});
