<?php

declare(strict_types=1);

// Composer's autoloader where there is one; else Debian's packages, each of which has its own.
if (is_file($vendor = dirname(__DIR__).'/vendor/autoload.php')) {
    require $vendor;
} else {
    require __DIR__.'/debian.php';
}

// Notices of a Symfony or Monolog that is older than this PHP are not the tests' business.
// Tests that are about PHP's error log set their own.
ini_set('error_log', '/dev/null');

error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);
