/** A page of one host as an RSAS export has it: two ports, three weaknesses. Synthetic. */
export const HOST_PAGE = `<!DOCTYPE html><html><head><title>绿盟科技"远程安全评估系统"安全评估报告</title></head><body>
<table><tr><th>IP地址</th><td>10.2.3.4</td></tr></table>
<table id="vuln_list" class="report_table"><tr><th>端口</th><th>协议</th><th>服务</th><th>漏洞</th></tr>
<tr class="odd"><td>22</td><td>TCP</td><td>ssh</td><td><ul><li><div class="vul_summary"><span class="level_danger_middle" onclick="show_vul('table_2_1')">OpenSSH 用户枚举漏洞(CVE-2018-15473)【原理扫描】</span></div></li></ul></td></tr>
<tr class="even"><td>443</td><td>TCP</td><td>https</td><td><ul><li><span class="level_danger_high" onclick="show_vul('table_2_2')">SSL 弱加密 &lt;b&gt;</span></li><li><span class="level_danger_low" onclick="show_vul('table_2_3')">证书信息</span></li></ul></td></tr></table>
<table id="vul_detail"><tr id="table_2_1"><td><table><tr><th>详细描述</th><td>描述一<br/>第二行</td></tr><tr><th>解决办法</th><td>升级</td></tr><tr><th>威胁分值</th><td>5.0</td></tr><tr><th>CVE编号</th><td>CVE-2018-15473</td></tr></table></td></tr>
<tr id="table_2_2"><td><table><tr><th>威胁分值</th><td>8.1</td></tr><tr><th>CNNVD编号</th><td>CNNVD-201608-448</td></tr></table></td></tr></table></body></html>`;

/** The first page of an export: one weakness on two hosts. Synthetic. */
export const INDEX_PAGE = `<html><title>绿盟科技</title><body><table><tr class="odd"><th>时间统计</th><td>开始：2026-03-01 09:00:00 结束：2026-03-01 11:30:00</td></tr></table>
<table><tbody><tr class="odd vuln_high"><td>1</td><td><span class="level_danger_high">弱口令</span></td></tr>
<tr class="more hide"><td colspan="2"><table><tr><th>受影响主机</th><td>10.2.3.4;&nbsp 10.2.3.5;&nbsp</td></tr><tr><th>威胁分值</th><td>9.0</td></tr></table></td></tr></tbody></table></body></html>`;
