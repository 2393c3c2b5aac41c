using System.Text.Json;
using NexusCart.Sidecar.Bindings;

namespace NexusCart.Sidecar.Components.Bindings;

/// <summary><c>bindings.localstorage</c>: creates, reads, lists and deletes files below a folder, and nowhere else.</summary>
/// <remarks>
/// Setting: <c>rootPath</c>; a relative one is below the data folder. Metadata of a call: <c>fileName</c>, below that folder; what
/// is created without one gets a uuid for its name.
/// </remarks>
internal sealed class LocalStorageBinding(ComponentContext context) : IOutputBinding
{
    private string _root = "";

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities => ["OUTPUT_BINDING"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Operations => ["create", "get", "list", "delete"];

    /// <inheritdoc/>
    public Task InitAsync(CancellationToken cancellation)
    {
        _root = Path.TrimEndingDirectorySeparator(context.DataPath(context.Spec.Required("rootPath")));
        Directory.CreateDirectory(_root);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<BindingResponse?> InvokeAsync(BindingRequest request, CancellationToken cancellation)
    {
        var name = request.Metadata.TryGetValue("fileName", out var given) ? given : "";
        if (name.Length == 0 && request.Operation == "create")
            name = Guid.NewGuid().ToString();
        var path = PathOf(name);
        switch (request.Operation)
        {
            case "create":
                return await CreateAsync(path, BindingData.Decode(request.Data), cancellation);
            case "get":
                return File.Exists(path)
                    ? new BindingResponse(await File.ReadAllBytesAsync(path, cancellation))
                    : throw new FileNotFoundException("file not found: " + path);
            case "list":
                return new BindingResponse(JsonSerializer.SerializeToUtf8Bytes(List(path), Api.Http.HttpApi.Json));
            default:
                Delete(path);
                return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // Whatever climbs out of the folder ends at it, and a link that leads out of it leads nowhere.
    private string PathOf(string name)
    {
        var relative = Path.GetRelativePath("/", Path.GetFullPath("/" + name));
        var path = relative == "." ? _root : Path.Join(_root, relative);
        for (var part = path; part.Length > _root.Length; part = Path.GetDirectoryName(part)!)
        {
            if (new FileInfo(part).LinkTarget is null)
                continue;
            var target = File.ResolveLinkTarget(part, returnFinalTarget: true)!.FullName;
            if (!target.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new UnauthorizedAccessException($"error getting absolute path for file {name}: it leads out of {_root}");
        }

        return path;
    }

    private async Task<BindingResponse> CreateAsync(string path, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, data, cancellation);
        return new BindingResponse(JsonSerializer.SerializeToUtf8Bytes(new { fileName = Path.GetRelativePath(_root, path) }, Api.Http.HttpApi.Json));
    }

    private static string[]? List(string path)
    {
        if (File.Exists(path))
            return [path];
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException("directory not found: " + path);
        var files = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        // Nothing is null in Go.
        return files.Length > 0 ? files : null;
    }

    private static void Delete(string path)
    {
        try
        {
            if (Directory.Exists(path))
                Directory.Delete(path);
            else if (File.Exists(path))
                File.Delete(path);
            else
                throw new FileNotFoundException($"remove {path}: no such file or directory");
        }
        catch (IOException e)
        {
            throw new IOException($"error deleting file {path}: {e.Message}", e);
        }
    }
}
