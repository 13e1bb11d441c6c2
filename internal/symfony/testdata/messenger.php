<?php

// Boots a real Symfony kernel on a project directory (argument 1), its own where one is named (argument 2: file, argument 3:
// class), and prints, as JSON, its Messenger configuration as the
// framework bundle processes it, with environment variables resolved. Started by php_test.go with the real environment of
// the case.

declare(strict_types=1);

use Symfony\Bundle\FrameworkBundle\DependencyInjection\Configuration;
use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Component\Config\Definition\Processor;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Extension\Extension;
use Symfony\Component\DependencyInjection\ParameterBag\EnvPlaceholderParameterBag;
use Symfony\Component\Dotenv\Dotenv;
use Symfony\Component\HttpKernel\Kernel;

error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);
foreach (['Config', 'DependencyInjection', 'Dotenv', 'HttpKernel', 'Messenger', 'Yaml'] as $component) {
    require_once "Symfony/Component/$component/autoload.php";
}
require_once 'Symfony/Bundle/FrameworkBundle/autoload.php';

// Debian's packages come without Composer, which the framework bundle asks what is there for development only: nothing.
final class Installed
{
    public static function isInstalled(string $package, bool $includeDev = true): bool
    {
        return false;
    }
}
class_exists(Composer\InstalledVersions::class) || class_alias(Installed::class, 'Composer\InstalledVersions');

// Bundles that are not installed: their configuration is taken as it is.
final class AnyExtension extends Extension
{
    public function __construct(private string $alias) {}

    public function getAlias(): string
    {
        return $this->alias;
    }

    public function load(array $configs, ContainerBuilder $container): void {}
}

final class ProjectKernel extends Kernel
{
    use MicroKernelTrait;

    public function __construct(private string $dir, string $env, bool $debug)
    {
        parent::__construct($env, $debug);
    }

    public function getProjectDir(): string
    {
        return $this->dir;
    }

    public function registerBundles(): iterable
    {
        yield new FrameworkBundle();
    }

}

// The container with everything loaded, before extensions and passes work on it.
function container(Kernel $kernel): ContainerBuilder
{
    return (function (): ContainerBuilder {
        $this->initializeBundles();
        $container = $this->getContainerBuilder();
        $container->addObjectResource($this);
        foreach (['doctrine', 'monolog', 'twig', 'sentry'] as $alias) {
            $container->registerExtension(new AnyExtension($alias));
        }
        $this->prepareContainer($container);
        $this->registerContainerConfiguration($this->getContainerLoader($container));

        return $container;
    })->bindTo($kernel, Kernel::class)();
}

// ArrayObject keeps an empty map a map in JSON, base64 keeps the bytes that JSON cannot carry.
function maps(array $value): ArrayObject|array
{
    $value = array_map(static fn ($item) => match (true) {
        is_array($item) => maps($item),
        is_string($item) && !preg_match('//u', $item) => 'base64 '.base64_encode($item),
        is_float($item) && !is_finite($item) => (string) $item,
        default => $item,
    }, $value);

    return array_is_list($value) ? $value : new ArrayObject($value);
}

function messenger(string $dir, ?string $file = null, ?string $class = null): array
{
    chdir($dir); // as bin/console is started
    (new Dotenv())->bootEnv($dir.'/.env');
    $arguments = [$_SERVER['APP_ENV'], (bool) $_SERVER['APP_DEBUG']];
    if (null === $class) {
        $kernel = new ProjectKernel($dir, ...$arguments);
    } else {
        require_once $dir.'/'.$file;
        $kernel = new $class(...$arguments);
    }
    $container = container($kernel);
    $configs = $container->getExtensionConfig('framework');
    $bag = $container->getParameterBag();
    $resolving = new EnvPlaceholderParameterBag($bag->all());
    $configs = $resolving->resolveValue($configs);
    $config = (new Processor())->processConfiguration(new Configuration($container->getParameter('kernel.debug')), $configs);

    $bag->mergeEnvPlaceholders($resolving);
    $container->getParameterBag()->resolve();
    $resolve = static function ($value) use (&$resolve, $container, $bag) {
        return is_array($value) ? array_map($resolve, $value) : $bag->unescapeValue($container->resolveEnvPlaceholders($value, true));
    };
    $messenger = $config['messenger'];
    if (!$messenger['enabled']) {
        throw new LogicException('Messenger is disabled.');
    }
    $result = ['env' => $kernel->getEnvironment(), 'logs' => $kernel->getLogDir(), 'transports' => new ArrayObject()];
    foreach ($messenger['transports'] as $name => $transport) {
        try {
            $transport = $resolve($transport);
            $transport['options'] = maps($transport['options']) ?: new ArrayObject();
            $result['transports'][$name] = $transport;
        } catch (Throwable $e) {
            $result['transports'][$name] = ['error' => $e->getMessage()];
        }
    }
    $result['routing'] = new ArrayObject(array_map(static fn (array $route): array => $route['senders'] ?? $route, $messenger['routing']));
    $result['failure_transport'] = $resolve($messenger['failure_transport']);
    $result['default_serializer'] = $messenger['serializer']['default_serializer'];
    $result['default_bus'] = $messenger['default_bus'] ?? (1 === count($messenger['buses']) ? key($messenger['buses']) : null);

    return $result;
}

try {
    $result = messenger(...array_slice($argv, 1));
} catch (Throwable $e) {
    $result = ['error' => $e::class.': '.$e->getMessage()];
}
$result['version'] = Kernel::VERSION_ID;
echo json_encode($result, JSON_PRESERVE_ZERO_FRACTION | JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR);
