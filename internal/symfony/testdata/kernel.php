<?php

// What the methods of a kernel return, those that are called m0, m1, ..., as JSON: of App\Kernel in src/Kernel.php of the
// project directory in argument 1. null for what is no text and for what fails. Started by function_php_test.go.

declare(strict_types=1);

use Symfony\Component\Dotenv\Dotenv;

error_reporting(0);
foreach (['Config', 'DependencyInjection', 'Dotenv', 'HttpKernel'] as $component) {
    require_once "Symfony/Component/$component/autoload.php";
}
require_once 'Symfony/Bundle/FrameworkBundle/autoload.php';

$dir = $argv[1];
(new Dotenv())->bootEnv($dir.'/.env');
require_once $dir.'/src/Kernel.php';
$kernel = new App\Kernel($_SERVER['APP_ENV'], (bool) $_SERVER['APP_DEBUG']);
$answers = [];
for ($i = 0; method_exists($kernel, "m$i"); ++$i) {
    try {
        $answer = $kernel->{"m$i"}();
    } catch (Throwable) {
        $answer = null;
    }
    $answers[] = is_string($answer) ? $answer : null;
}
echo json_encode($answers, JSON_THROW_ON_ERROR);
