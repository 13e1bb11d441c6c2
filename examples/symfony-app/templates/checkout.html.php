<?php

declare(strict_types=1);

/** @var array{order: string, day: string, logged: list<array{channel: string, level: string, message: string}>} $page */
$e = static fn (string $text): string => htmlspecialchars($text, \ENT_QUOTES | \ENT_SUBSTITUTE, 'UTF-8');
?>
<!doctype html>
<html lang="en">
<head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Order <?= $e($page['order']) ?> was logged</title>
    <link rel="icon" href="data:,">
    <style>
        body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1d2733; background: #fbfaf7; }
        h1 { font-size: 1.5rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #ddd8cc; }
        pre { background: #1d2733; color: #f4f1e8; padding: .75rem 1rem; border-radius: .3rem; overflow-x: auto; }
        .warning { color: #a34a00; }
    </style>
</head>
<body>
    <h1>Order <?= $e($page['order']) ?> was logged</h1>
    <p>This request logged <?= count($page['logged']) ?> records. They left for Redis behind this response; envelog writes them to files.</p>
    <table>
        <tr><th>channel</th><th>level</th><th>message</th></tr>
<?php foreach ($page['logged'] as $record): ?>
        <tr class="<?= $e($record['level']) ?>"><td><?= $e($record['channel']) ?></td><td><?= $e($record['level']) ?></td><td><?= $e($record['message']) ?></td></tr>
<?php endforeach ?>
    </table>
    <p>Here they are, by now:</p>
    <pre>docker compose exec app grep <?= $e($page['order']) ?> var/log/app-<?= $e($page['day']) ?>.log var/log/payment-<?= $e($page['day']) ?>.log</pre>
    <p>Reload for another order. More records, of every level:</p>
    <pre>docker compose exec app php bin/console app:test-logging --count=10</pre>
</body>
</html>
