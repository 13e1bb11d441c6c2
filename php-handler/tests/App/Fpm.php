<?php

declare(strict_types=1);

namespace Envelog\Tests\App;

use Envelog\Tests\Directory;
use Envelog\Tests\Wait;

/**
 * A real PHP-FPM that serves an application, and enough of FastCGI to ask it for a page.
 */
final class Fpm
{
    private const BEGIN = 1;
    private const END = 3;
    private const PARAMETERS = 4;
    private const INPUT = 5;

    private readonly Directory $directory;
    /** @var resource */
    private $process;

    public function __construct(private readonly TestApp $app, int $children = 2)
    {
        $this->directory = new Directory();
        $path = $this->directory->path;
        $binary = glob('/usr/sbin/php-fpm'.\PHP_MAJOR_VERSION.'.'.\PHP_MINOR_VERSION)[0] ?? 'php-fpm';
        file_put_contents("$path/fpm.conf", <<<CONF
            [global]
            error_log = $path/fpm.log
            daemonize = no
            [www]
            listen = $path/fpm.sock
            user = root
            group = root
            pm = static
            pm.max_children = $children
            clear_env = no
            php_admin_value[error_log] = $path/php.log
            php_admin_flag[log_errors] = on
            CONF);
        $this->process = proc_open([$binary, '-R', '-F', '-y', "$path/fpm.conf"], [['file', '/dev/null', 'r'], ['file', "$path/out", 'w'], ['redirect', 1]], $pipes, null, getenv());
        Wait::until(fn () => file_exists("$path/fpm.sock") && @stream_socket_client("unix://$path/fpm.sock"), 'PHP-FPM answers');
    }

    public function __destruct()
    {
        // The master ends its children.
        proc_terminate($this->process, \SIGTERM);
        proc_close($this->process);
    }

    /** Returns what the page says, once the response is complete. */
    public function get(string $query): string
    {
        $connection = stream_socket_client('unix://'.$this->directory->path.'/fpm.sock');
        $parameters = '';
        foreach ($this->app->environment() + ['TEST_APP' => $this->app->directory, 'SCRIPT_FILENAME' => __DIR__.'/front.php', 'REQUEST_METHOD' => 'GET', 'QUERY_STRING' => $query, 'REQUEST_URI' => "/?$query", 'SCRIPT_NAME' => '/index.php', 'SERVER_NAME' => 'localhost', 'SERVER_PORT' => '80', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REMOTE_ADDR' => '127.0.0.1'] as $name => $value) {
            $parameters .= pack('NN', \strlen($name) | 0x80000000, \strlen($value) | 0x80000000).$name.$value;
        }
        fwrite($connection, self::frame(self::BEGIN, pack('nCx5', 1, 0)).self::frame(self::PARAMETERS, $parameters).self::frame(self::PARAMETERS, '').self::frame(self::INPUT, ''));
        $output = '';
        while (8 === \strlen($header = (string) stream_get_contents($connection, 8))) {
            ['type' => $type, 'length' => $length, 'padding' => $padding] = unpack('Cversion/Ctype/nid/nlength/Cpadding', $header);
            $content = $length ? stream_get_contents($connection, $length) : '';
            $padding && stream_get_contents($connection, $padding);
            if (self::END === $type) {
                break;
            }
            $output .= $content;
        }

        return explode("\r\n\r\n", $output, 2)[1] ?? $output;
    }

    public function errorLog(): string
    {
        return (string) @file_get_contents($this->directory->path.'/php.log');
    }

    private static function frame(int $type, string $content): string
    {
        return pack('CCnnCx', 1, $type, 1, \strlen($content), 0).$content;
    }
}
