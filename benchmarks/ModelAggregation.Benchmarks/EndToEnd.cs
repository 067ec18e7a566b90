using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;
using ModelTensors.Safetensors;

namespace ModelAggregation.Benchmarks;

/// <summary>
/// How far is a merge from files to files behind a plain copy? Synthetic sharded checkpoints, 1 GB each, are merged by every method in a process
/// of its own, which also tells its peak memory; before each, the same bytes are read and written plainly, with the same flushes.
/// </summary>
internal static class EndToEnd
{
    public const string ChildVerb = "end-to-end-child";

    // The block that copies fastest here: it stays in the second-level cache.
    private const int Block = 1 << 17;

    public static void Run(bool quick)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"end-to-end-{Environment.ProcessId}");
        try
        {
            int layers = quick ? 2 : 30;
            foreach (string name in SyntheticWeights.Names)
            {
                Create(Path.Combine(folder, name), layers, Array.IndexOf(SyntheticWeights.Names, name));
            }

            Report(folder, rounds: quick ? 2 : 5, quick ? ["linear", "ties"] : ["linear", "slerp", "task_arithmetic", "ties", "dare_ties", "passthrough"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Merges once and prints seconds, peak memory and the peak before the merge.</summary>
    public static void RunChild(string[] args)
    {
        (string method, string folder, string mode, string output) = (args[0], args[1], args[2], args[3]);
        CheckpointOptions checkpoint = new() { ReadMode = Enum.Parse<SafetensorsReadMode>(mode) };
        ModelMerger merger = new(new ModelResolver(new ModelResolverOptions { BaseFolders = [folder], Checkpoint = checkpoint }));
        MergeMethod known = MergeMethodRegistry.CreateDefault().Methods.Single(known => string.Equals(known.Name, method, StringComparison.Ordinal));
        using MergePlan plan = merger.Plan(SyntheticWeights.Recipe(known, name => name));
        Process self = Process.GetCurrentProcess();
        long before = self.PeakWorkingSet64;
        Stopwatch watch = Stopwatch.StartNew();
        merger.Merge(plan, output, new MergeOptions { Overwrite = true });
        double seconds = watch.Elapsed.TotalSeconds;
        self.Refresh();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {self.PeakWorkingSet64} {before}"));
    }

    private static void Report(string folder, int rounds, string[] methods)
    {
        string output = Path.Combine(folder, "merged");
        Console.WriteLine($"{Environment.ProcessorCount} processors, .NET {Environment.Version}, files in the page cache, {rounds} rounds, medians (least..most)");
        Console.WriteLine();
        Console.WriteLine("| method | reads | inputs + output | plain copy s | merge s | merge ÷ copy | MB/s | peak memory | of it before the merge |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (string method in methods)
        {
            // Mapping is compared where it could gain most, with one pass, and least, with several.
            foreach (SafetensorsReadMode mode in method is "linear" or "ties" ? Enum.GetValues<SafetensorsReadMode>() : [SafetensorsReadMode.Positioned])
            {
                string[] inputs = Inputs(method);
                long bytes = Size(folder, inputs) + Size(folder, ["base"]);
                List<double> copies = [];
                List<double> merges = [];
                List<double> ratios = [];
                double peak = 0;
                double before = 0;
                for (int round = 0; round < rounds; round++)
                {
                    // In turns, so that neither always finds the disk busy with what the other has left.
                    double copy = round % 2 == 0 ? Copy(folder, inputs, output) : 0;
                    double[] merge = RunInChild(method, folder, mode, output);
                    copy = round % 2 == 0 ? copy : Copy(folder, inputs, output);
                    copies.Add(copy);
                    merges.Add(merge[0]);
                    ratios.Add(merge[0] / copy);
                    peak = Math.Max(peak, merge[1]);
                    before = Math.Max(before, merge[2]);
                }

                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {method} | {mode} | {bytes / 1e6:0} MB | {Median(copies):0.00} | {Median(merges):0.00} | {Median(ratios):0.00} ({ratios.Min():0.00}..{ratios.Max():0.00}) | {bytes / 1e6 / Median(merges):0} | {peak / 1e6:0} MB | {before / 1e6:0} MB |"));
            }
        }
    }

    private static string[] Inputs(string method) => method switch
    {
        "passthrough" => ["first"],
        "slerp" => ["base", "first"],
        "linear" => ["first", "second", "third"],
        _ => SyntheticWeights.Names,
    };

    private static double[] RunInChild(string method, string folder, SafetensorsReadMode mode, string output)
    {
        if (Directory.Exists(output))
        {
            Directory.Delete(output, recursive: true);
        }

        Settle(folder);
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [ChildVerb, method, folder, mode.ToString(), output])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        string line = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? [.. line.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"The merge with {method} failed with exit code {child.ExitCode}.");
    }

    // Both rivals find the same: a disk that is done with what came before, and as many blocks and pages just freed as they will need. On a
    // virtual machine new ones come from the host, and whoever is first would pay for both.
    private static void Settle(string folder) => Settle(folder, Size(folder, ["base"]));

    /// <summary>Leaves the disk idle, with as many blocks and pages just freed.</summary>
    public static void Settle(string folder, long bytes)
    {
        string file = Path.Combine(folder, "settle");
        byte[] buffer = new byte[Block];
        using (FileStream stream = File.Create(file))
        {
            for (long left = bytes; left > 0; left -= Block)
            {
                stream.Write(buffer);
            }

            stream.Flush(flushToDisk: true);
        }

        File.Delete(file);
        if (!OperatingSystem.IsWindows())
        {
            using Process sync = Process.Start("sync");
            sync.WaitForExit();
        }
    }

    /// <summary>Reads all inputs and writes as many bytes as one of them has, on all processors, flushing as a merge does.</summary>
    private static double Copy(string folder, string[] inputs, string output)
    {
        string copy = Path.Combine(folder, "copy");
        Settle(folder);
        SafeFileHandle[][] shards = [.. inputs.Select(input => Files(folder, input).Select(file => File.OpenHandle(file, options: FileOptions.SequentialScan)).ToArray())];
        Stopwatch watch = Stopwatch.StartNew();

        // As a merge does: an eighth of the output, between 1 and 256 MiB.
        long flushBytes = Math.Clamp(Size(folder, ["base"]) / 8, 1L << 20, 256L << 20);
        long pending = 0;
        for (int shard = 0; shard < shards[0].Length; shard++)
        {
            long length = RandomAccess.GetLength(shards[0][shard]);
            using SafeFileHandle target = File.OpenHandle($"{copy}{shard}", FileMode.Create, FileAccess.Write, preallocationSize: 0);
            int index = shard;
            long next = -Block;
            Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
            {
                byte[] buffer = new byte[Block];
                for (long offset; (offset = Interlocked.Add(ref next, Block)) < length;)
                {
                    int count = (int)Math.Min(Block, length - offset);
                    foreach (SafeFileHandle[] input in shards)
                    {
                        RandomAccess.Read(input[index], buffer.AsSpan(0, count), offset);
                    }

                    RandomAccess.Write(target, buffer.AsSpan(0, count), offset);
                }
            }))];
            foreach (Thread thread in threads)
            {
                thread.Start();
            }

            foreach (Thread thread in threads)
            {
                thread.Join();
            }

            pending += length;
            if (pending >= flushBytes || shard == shards[0].Length - 1)
            {
                RandomAccess.FlushToDisk(target);
                pending = 0;
            }
        }

        double seconds = watch.Elapsed.TotalSeconds;
        foreach (SafeFileHandle handle in shards.SelectMany(handles => handles))
        {
            handle.Dispose();
        }

        for (int shard = 0; shard < shards[0].Length; shard++)
        {
            File.Delete($"{copy}{shard}");
        }

        return seconds;
    }

    private static IEnumerable<string> Files(string folder, string model) => Directory.GetFiles(Path.Combine(folder, model), "*.safetensors").Order(StringComparer.Ordinal);

    private static long Size(string folder, string[] models) => models.SelectMany(model => Files(folder, model)).Sum(file => new FileInfo(file).Length);

    /// <summary>Writes a Llama-shaped checkpoint of some 33 MB a layer, in shards of 256 MB.</summary>
    private static void Create(string folder, int layers, int model)
    {
        List<TensorInfo> tensors = [new("model.embed_tokens.weight", DataType.BF16, new TensorShape(8192, 1024))];
        for (int layer = 0; layer < layers; layer++)
        {
            string prefix = $"model.layers.{layer}";
            tensors.Add(new($"{prefix}.input_layernorm.weight", DataType.BF16, new TensorShape(1024)));
            foreach (string projection in new[] { "q", "k", "v", "o" })
            {
                tensors.Add(new($"{prefix}.self_attn.{projection}_proj.weight", DataType.BF16, new TensorShape(1024, 1024)));
            }

            foreach (string projection in new[] { "gate", "up", "down" })
            {
                tensors.Add(new($"{prefix}.mlp.{projection}_proj.weight", DataType.BF16, new TensorShape(4096, 1024)));
            }

            tensors.Add(new($"{prefix}.post_attention_layernorm.weight", DataType.BF16, new TensorShape(1024)));
        }

        tensors.Add(new("model.norm.weight", DataType.BF16, new TensorShape(1024)));
        using StagedCheckpoint checkpoint = StagedCheckpoint.Open(folder, "synthetic", tensors, new StagedCheckpointOptions { ShardSize = 256_000_000 });
        long start = 0;
        ushort[] buffer = new ushort[1 << 18];
        foreach (TensorInfo tensor in tensors)
        {
            TensorSink sink = checkpoint.GetSink(tensor.Name);
            for (long element = 0; element < tensor.Shape.ElementCount; element += buffer.Length)
            {
                Span<ushort> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, tensor.Shape.ElementCount - element));
                SyntheticWeights.Fill(part, start + element, model);
                sink.Write(element, System.Runtime.InteropServices.MemoryMarshal.AsBytes(part));
            }

            start += tensor.Shape.ElementCount;
            checkpoint.Complete(tensor.Name);
        }

        checkpoint.WriteText("config.json", new JsonObject { ["architectures"] = new JsonArray("LlamaForCausalLM"), ["num_hidden_layers"] = layers }.ToJsonString());
        checkpoint.Commit();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
