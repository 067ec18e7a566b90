using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Benchmarks;

/// <summary>How far is writing a mixture behind a plain copy of as many bytes? In turn in one process, with the same flushes.</summary>
internal static class MixtureRatios
{
    private const int Experts = 3;
    private const int Width = 1024;
    private const int Inner = 2816;
    private const int Vocabulary = 8192;

    // The block that copies fastest here: it stays in the second-level cache.
    private const int Block = 1 << 17;

    public static void Run(bool quick)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"mixture-{Environment.ProcessId}");
        int rounds = quick ? 2 : 7;
        int layers = quick ? 2 : 16;
        try
        {
            for (int model = 0; model <= Experts; model++)
            {
                Create(Path.Combine(folder, $"{model}"), layers, model);
            }

            Console.WriteLine($"{Environment.ProcessorCount} processors, .NET {Environment.Version}, files in the page cache, {rounds} rounds, medians (least..most)");
            Console.WriteLine();
            Console.WriteLine("| level | layout | type | noise | output | plain copy s | mixture s | mixture ÷ copy |");
            Console.WriteLine("|---|---|---|---|---:|---:|---:|---:|");
            (MixtureLevel Level, MixtureLayout Layout, DataType Type, double Noise)[] cases =
            [
                (MixtureLevel.FeedForward, MixtureLayout.Classic, DataType.BF16, 0), (MixtureLevel.FeedForward, MixtureLayout.Packed, DataType.BF16, 0),
                (MixtureLevel.Block, MixtureLayout.Classic, DataType.BF16, 0), (MixtureLevel.FeedForward, MixtureLayout.Classic, DataType.F16, 0),
                (MixtureLevel.FeedForward, MixtureLayout.Classic, DataType.BF16, 0.01),
            ];
            foreach ((MixtureLevel level, MixtureLayout layout, DataType type, double noise) in quick ? cases[..2] : cases)
            {
                Measure(folder, Recipe(level, layout, type, noise), rounds);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static MixtureRecipe Recipe(MixtureLevel level, MixtureLayout layout, DataType type, double noise) => new()
    {
        Level = level,
        DenseModel = "0",
        Experts = [.. Enumerable.Range(1, Experts).Select(model => new MixtureExpert($"{model}") { NoiseScale = noise })],
        GateMode = GateMode.Random,
        Layout = layout,
        OutputDataType = type,
    };

    private static void Measure(string folder, MixtureRecipe recipe, int rounds)
    {
        MixtureBuilder builder = new(new ModelResolver(new ModelResolverOptions { BaseFolders = [folder] }));
        using MixturePlan plan = builder.Plan(recipe);
        Router[] routers = [.. Enumerable.Range(0, plan.RouterCount).Select(_ => new LinearRouter(Experts, Width, new float[Experts * Width]))];
        List<double> copies = [];
        List<double> mixtures = [];
        for (int round = 0; round < rounds; round++)
        {
            // In turns, so that neither always finds the disk busy with what the other has left.
            double copy = round % 2 == 0 ? Copy(folder, plan.OutputBytes) : 0;
            mixtures.Add(Write(folder, builder, plan, routers));
            copies.Add(round % 2 == 0 ? copy : Copy(folder, plan.OutputBytes));
        }

        double[] ratios = [.. mixtures.Zip(copies, (mixture, copy) => mixture / copy)];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {recipe.Level} | {recipe.Layout} | {recipe.OutputDataType} | {recipe.Experts[0].NoiseScale} | {plan.OutputBytes / 1e6:0} MB | {Median(copies):0.00} | {Median(mixtures):0.00} | {Median(ratios):0.00} ({ratios.Min():0.00}..{ratios.Max():0.00}) |"));
    }

    private static double Write(string folder, MixtureBuilder builder, MixturePlan plan, Router[] routers)
    {
        string output = Path.Combine(folder, "mixture");
        if (Directory.Exists(output))
        {
            Directory.Delete(output, recursive: true);
        }

        EndToEnd.Settle(folder, plan.OutputBytes);
        long start = Stopwatch.GetTimestamp();
        builder.Write(plan, routers, output);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Reads so many bytes of the experts and writes them to one file, on all processors.</summary>
    private static double Copy(string folder, long bytes)
    {
        string copy = Path.Combine(folder, "copy");
        EndToEnd.Settle(folder, bytes);
        SafeFileHandle[] sources = [.. Enumerable.Range(1, Experts).Select(model => File.OpenHandle(Path.Combine(folder, $"{model}", "model.safetensors"), options: FileOptions.SequentialScan))];
        long start = Stopwatch.GetTimestamp();
        using (SafeFileHandle target = File.OpenHandle(copy, FileMode.Create, FileAccess.Write))
        {
            // As a mixture is: flushed eight times.
            long part = (bytes / 8 / Block * Block) + Block;
            for (long done = 0; done < bytes; done += part)
            {
                Copy(sources, target, done, Math.Min(bytes, done + part));
                RandomAccess.FlushToDisk(target);
            }
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.ForEach(sources, source => source.Dispose());
        File.Delete(copy);
        return seconds;
    }

    private static void Copy(SafeFileHandle[] sources, SafeFileHandle target, long start, long end)
    {
        long length = RandomAccess.GetLength(sources[0]);
        long next = start - Block;
        Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            byte[] buffer = new byte[Block];
            for (long offset; (offset = Interlocked.Add(ref next, Block)) < end;)
            {
                int count = (int)Math.Min(Block, end - offset);
                (long source, long from) = Math.DivRem(offset, length);
                RandomAccess.Read(sources[source % sources.Length], buffer.AsSpan(0, count), from);
                RandomAccess.Write(target, buffer.AsSpan(0, count), offset);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
    }

    private static void Create(string folder, int layers, int model)
    {
        List<TensorInfo> tensors = [Tensor("model.embed_tokens", Vocabulary, Width), Tensor("lm_head", Vocabulary, Width), Tensor("model.norm", Width)];
        for (int layer = 0; layer < layers; layer++)
        {
            string prefix = $"model.layers.{layer}";
            tensors.Add(Tensor($"{prefix}.input_layernorm", Width));
            tensors.AddRange(((string[])["q", "k", "v", "o"]).Select(projection => Tensor($"{prefix}.self_attn.{projection}_proj", Width, Width)));
            tensors.Add(Tensor($"{prefix}.post_attention_layernorm", Width));
            tensors.AddRange(((string[])["gate", "up"]).Select(projection => Tensor($"{prefix}.mlp.{projection}_proj", Inner, Width)));
            tensors.Add(Tensor($"{prefix}.mlp.down_proj", Width, Inner));
        }

        using StagedCheckpoint checkpoint = StagedCheckpoint.Open(folder, "synthetic", tensors);
        ushort[] buffer = new ushort[1 << 18];
        long start = 0;
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

        checkpoint.WriteText("config.json", new JsonObject
        {
            ["model_type"] = "llama",
            ["num_hidden_layers"] = layers,
            ["hidden_size"] = Width,
            ["intermediate_size"] = Inner,
            ["num_attention_heads"] = 16,
            ["vocab_size"] = Vocabulary,
            ["torch_dtype"] = "bfloat16",
        }.ToJsonString());
        checkpoint.Commit();

        static TensorInfo Tensor(string module, params ReadOnlySpan<long> shape) => new($"{module}.weight", DataType.BF16, new TensorShape(shape));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] ordered = [.. values.Order()];
        return ordered[ordered.Length / 2];
    }
}
